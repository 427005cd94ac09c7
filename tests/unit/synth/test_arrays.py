import numpy as np

from etl.synth.arrays import add_months, credit_codes, dates, digits, identity_numbers, texts, within, ymd


def day(text: str) -> np.ndarray:
    return np.array([text], "M8[D]").astype(np.int32)


def test_months_end_on_the_last_day_of_a_shorter_month() -> None:
    assert dates(add_months(day("2024-01-31"), 1)).to_pylist()[0].isoformat() == "2024-02-29"


def test_months_cross_years() -> None:
    assert dates(add_months(day("2023-12-15"), 36)).to_pylist()[0].isoformat() == "2026-12-15"


def test_days_become_numbers() -> None:
    assert ymd(day("1969-02-28")).tolist() == [19690228]


def test_texts_join_columns_of_bytes() -> None:
    assert texts(digits(np.array([7, 42]), 3), digits(np.array([1, 2]), 1)).to_pylist() == ["0071", "0422"]


def test_identity_numbers_carry_the_right_check_character() -> None:
    numbers = identity_numbers(np.full(3, 990000), np.repeat(day("1800-01-01"), 3), np.array([1, 2, 5]))
    assert numbers.to_pylist() == ["990000180001010017", "990000180001010025", "99000018000101005X"]


def test_credit_code_carries_the_right_check_character() -> None:
    assert credit_codes(np.array([91990000]), np.array([0])).to_pylist() == ["919900000000000005"]


def test_credit_code_with_an_x_in_the_organisation_code_is_right() -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = credit_codes(np.full(40, 91990000), np.arange(40)).to_pylist()
    assert any(code[16] == "X" for code in codes)
    for code in codes:
        total = sum(alphabet.index(sign) * 3**place for place, sign in enumerate(code[:17]))
        assert alphabet[-total % 31] == code[17]


def test_ranks_count_within_equal_values() -> None:
    assert within(np.array([5, 3, 5, 5, 3])).tolist() == [0, 0, 1, 2, 1]
