"""The declassifiers, run in the database as every build runs them."""

import hashlib
import hmac
from datetime import date
from typing import Any

import duckdb
import pytest

from etl.metadata import Metadata

KEY = bytes(range(32))
SYMBOLS = "23456789bcdfghjk"


@pytest.fixture(scope="module")
def database(metadata: Metadata) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    block = KEY.ljust(64, b"\0")
    for name, pad in (("inner", 0x36), ("outer", 0x5C)):
        key = bytes(byte ^ pad for byte in block).hex()
        connection.execute(f"SET VARIABLE pseudonym_key_{name} = '{key}'")
    for declassifier in metadata.rules["declassifiers"]:
        connection.execute(declassifier["sql"])
    return connection


def _value(database: duckdb.DuckDBPyConnection, expression: str, *arguments: Any) -> Any:
    row = database.execute(f"SELECT {expression}", arguments).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("text", ["", "a", "990000180001010017", "张三·买买提", "x" * 300])
def test_a_pseudonym_is_a_true_hmac_sha256(database: duckdb.DuckDBPyConnection, text: str) -> None:
    expected = hmac.new(KEY, f"person:{text}".encode(), hashlib.sha256).digest()[:8]
    assert _value(database, "keyed_pseudonym(?)", text) == int.from_bytes(expected)


def test_a_public_identifier_is_an_hmac_of_its_own_domain(database: duckdb.DuckDBPyConnection) -> None:
    digits = hmac.new(KEY, b"certificate:A1", hashlib.sha256).hexdigest()[:15]
    expected = digits.translate(str.maketrans("0123456789abcdef", SYMBOLS))
    assert _value(database, "public_identifier('A1')")[:15] == expected


def test_the_check_character_finds_every_single_error_and_adjacent_swap(
    database: duckdb.DuckDBPyConnection,
) -> None:
    identifier = _value(database, "public_identifier('A1')")
    assert _holds(identifier)
    for place in range(15):
        for symbol in SYMBOLS.replace(identifier[place], ""):
            assert not _holds(identifier[:place] + symbol + identifier[place + 1 :])
    for place in range(14):
        first, second = identifier[place : place + 2]
        if first != second:
            assert not _holds(identifier[:place] + second + first + identifier[place + 2 :])


def test_identifiers_never_change(database: duckdb.DuckDBPyConnection) -> None:
    # Permalinks, citations and withdrawals name certificates by them: another value here breaks every one of them.
    assert _value(database, "public_identifier(CAST(1234567890123456789 AS UBIGINT))") == "3kgf53b6gk774cff"
    assert _value(database, "keyed_pseudonym(CAST(1234567890123456789 AS UBIGINT))") == 12470671859786138532


def test_a_month_is_told_unless_it_may_not_be(database: duckdb.DuckDBPyConnection) -> None:
    day = date(2026, 12, 17)
    assert _value(database, "month_of(?)", day) == date(2026, 12, 1)
    assert _value(database, "month_unless(?, FALSE)", day) == date(2026, 12, 1)
    assert _value(database, "month_unless(?, TRUE)", day) is None


@pytest.mark.parametrize(
    ("status", "untold", "told"),
    [("expiring", True, "valid"), ("expiring", False, "expiring"), ("historic", True, "historic")],
)
def test_expiring_is_told_unless_it_may_not_be(
    database: duckdb.DuckDBPyConnection, status: str, untold: bool, told: str
) -> None:
    assert _value(database, "status_unless(?, ?)", status, untold) == told


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 10, 5), date(2026, 10, 31)),
    ],
)
def test_a_day_is_seen_at_the_next_observation(
    database: duckdb.DuckDBPyConnection, day: date, seen: date
) -> None:
    assert _value(database, "observation_of(?, DATE '2026-10-31')", day) == seen


def test_an_unknown_value_stays_unknown(database: duckdb.DuckDBPyConnection) -> None:
    assert _value(database, "keyed_pseudonym(NULL::VARCHAR)") is None
    assert _value(database, "public_identifier(NULL::VARCHAR)") is None


def test_age_bands_are_those_of_the_code_list(
    database: duckdb.DuckDBPyConnection, metadata: Metadata
) -> None:
    bands = metadata.codes["age_band"].entries
    for age in range(18, 90):
        code = _value(database, "age_band(?, ?)", date(2020 - age, 6, 1), date(2020, 6, 1))
        band = next(
            entry.code
            for entry in bands
            if int(entry.extra["age_from"] or 999) <= age <= int(entry.extra["age_to"] or 999)
        )
        assert code == band


@pytest.mark.parametrize(
    ("born", "on", "band"),
    [
        (date(1990, 6, 2), date(2020, 6, 1), "u30"),
        (date(1990, 6, 2), date(2020, 6, 2), "30-34"),
        (date(2021, 1, 1), date(2020, 1, 1), "unknown"),
        (None, date(2020, 1, 1), "unknown"),
    ],
)
def test_age_counts_completed_years(
    database: duckdb.DuckDBPyConnection, born: date | None, on: date, band: str
) -> None:
    assert _value(database, "age_band(CAST(? AS DATE), ?)", born, on) == band


def test_counts_are_of_distinct_persons(database: duckdb.DuckDBPyConnection) -> None:
    rows = "(VALUES ('p'), ('p'), ('q'), (NULL)) AS t(person_ref)"
    assert database.execute(f"SELECT count_persons(person_ref) FROM {rows}").fetchone() == (2,)


@pytest.mark.parametrize(
    ("status", "told"),
    [("withdrawn", "withdrawn"), ("revoked", "revoked"), ("cancelled", None), ("07", None), (None, None)],
)
def test_of_a_status_only_a_published_decision_is_told(
    database: duckdb.DuckDBPyConnection, status: str | None, told: str | None
) -> None:
    assert _value(database, "published_decision(CAST(? AS VARCHAR))", status) == told


def test_every_declassifier_is_named_as_its_macro(metadata: Metadata) -> None:
    for declassifier in metadata.rules["declassifiers"]:
        assert declassifier["sql"].startswith(f"CREATE MACRO {declassifier['name']}(")


def _holds(identifier: str) -> bool:
    digits = identifier[:15].translate(str.maketrans(SYMBOLS, "0123456789abcdef"))
    return identifier[15] == (SYMBOLS + "m")[int(digits, 16) % 17]
