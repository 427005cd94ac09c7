"""What a year did, when the newest observation need not end a quarter."""

from datetime import date
from pathlib import Path

import duckdb

from dashboards.workforce import parts

QUERIES = Path(parts.__file__).parent / "queries"
SEPTEMBER, YEAR_BEFORE, AS_OF = date(2026, 9, 30), date(2025, 9, 30), date(2026, 10, 31)


def test_a_year_is_told_of_the_newest_quarter_end_when_the_as_of_date_ends_none() -> None:
    assert parts.compared([YEAR_BEFORE, SEPTEMBER, AS_OF]) == (SEPTEMBER, YEAR_BEFORE)


def test_without_a_year_of_observations_nothing_is_compared() -> None:
    assert parts.compared([SEPTEMBER, AS_OF]) == (AS_OF, None)


def test_the_stock_is_the_newest_and_its_change_that_of_the_year_compared() -> None:
    stock = parts.stock([(YEAR_BEFORE, 100), (SEPTEMBER, 110), (AS_OF, 112)])
    assert stock.now == 112
    assert stock.on == SEPTEMBER
    assert stock.moved is not None
    assert round(stock.moved, 6) == 0.1


def changes(*rows: tuple[date, str, int]) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE mart_person__quarterly (quarter_end DATE, level VARCHAR, breakdown VARCHAR,"
            " division_code VARCHAR, persons BIGINT, certificates BIGINT)"
        )
        for day, division, persons in rows:
            connection.execute(
                "INSERT INTO mart_person__quarterly VALUES (?, 'division', 'all', ?, ?, ?)",
                [day, division, persons, persons],
            )
        found = connection.execute((QUERIES / "division_changes.sql").read_text("utf-8")).fetchall()
        return [(row[0], row[1], row[2], row[4]) for row in found]


def test_divisions_are_compared_on_the_newest_day_that_was_observed_a_year_before() -> None:
    assert changes((YEAR_BEFORE, "甲", 5), (SEPTEMBER, "甲", 7), (SEPTEMBER, "乙", 2), (AS_OF, "甲", 9)) == [
        (SEPTEMBER, "甲", 7, 5),
        (SEPTEMBER, "乙", 2, None),
    ]


def test_divisions_without_a_year_before_are_shown_as_they_are() -> None:
    assert changes((AS_OF, "甲", 9)) == [(AS_OF, "甲", 9, None)]
