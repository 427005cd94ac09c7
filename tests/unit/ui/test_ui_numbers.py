"""Numbers as the reader of each language expects them."""

from datetime import date

import pytest

from dashboards.ui.numbers import (
    change,
    class_of,
    observed,
    quantile_breaks,
    quarter,
    short,
    signed_percent,
    ticks,
    when,
)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (None, "—", "—"),
        (0, "0", "0"),
        (9_999, "9,999", "9,999"),
        (12_345, "1.23万", "12,345"),
        (123_456, "12.3万", "123,456"),
        (120_000, "12万", "120,000"),
        (5_000_000, "500万", "5.00 million"),
        (123_456_789, "1.23亿", "123.5 million"),
    ],
)
def test_short_number_uses_the_units_of_the_language(value: int | None, zh: str, en: str) -> None:
    assert (short(value, "zh"), short(value, "en")) == (zh, en)


def test_change_has_no_value_without_a_base() -> None:
    assert change(5, None) is None
    assert change(5, 0) is None
    assert change(6, 5) == pytest.approx(0.2)


def test_negative_change_has_a_true_minus_sign() -> None:
    assert signed_percent(-0.031) == "−3.1%"


def test_an_observation_that_ends_a_quarter_is_told_by_the_quarter() -> None:
    assert when(date(2026, 9, 30), "zh") == "2026年3季度末"
    assert when(date(2026, 9, 30), "en") == "at the end of 2026 Q3"
    assert observed(date(2026, 9, 30), "zh") == "2026年3季度"


def test_an_observation_within_a_quarter_is_told_by_the_day() -> None:
    assert when(date(2026, 10, 31), "zh") == "2026年10月31日"
    assert when(date(2026, 10, 31), "en") == "on 31 October 2026"


def test_quarter_of_a_quarter_end() -> None:
    assert quarter(date(2025, 12, 31), "zh") == "2025年4季度"
    assert quarter(date(2025, 3, 31), "en") == "2025 Q1"


def test_axis_positions_are_round_and_labelled_without_needless_zeros() -> None:
    assert ticks(44_000, "zh") == (
        [0, 10_000, 20_000, 30_000, 40_000, 50_000],
        ["0", "1万", "2万", "3万", "4万", "5万"],
    )


def test_quantile_classes_hold_about_equally_many_values() -> None:
    values = list(range(1, 13))
    limits = quantile_breaks(values, 6)
    counts = [sum(class_of(v, limits) == i for v in values) for i in range(6)]
    assert len(limits) == 7
    assert max(counts) - min(counts) <= 1


def test_few_distinct_values_give_fewer_classes() -> None:
    assert quantile_breaks([5, 5, 5, 9], 6) == [5, 9]
    assert quantile_breaks([], 6) == []
