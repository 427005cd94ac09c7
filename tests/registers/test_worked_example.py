"""The worked example of the methods, on California's real register."""

import re
from fractions import Fraction
from functools import cache

import pytest

from docs.methods import worked_example as example
from etl.errors import Refused
from etl.privacy.api import ProtectedYear, Report, protect, report
from etl.privacy.attacks import Rules
from etl.privacy.tables.errors import Quality
from etl.settings import PROJECT
from tests.fixtures.needed import REGISTERS

FILE = REGISTERS / "california_structural_engineers/licences.csv"
PAGE = PROJECT / "docs/methods/worked-example.md"
KEY = bytes(range(32))


@cache
def run(levels: int) -> tuple[ProtectedYear, Report]:
    units = example.read_units(FILE, 2025)
    return example.protect_and_attack(units, example.cohort_family(levels), 2025, KEY)


def failed(found: Report) -> list[str]:
    return [finding.metric for finding in found.findings if not finding.passed]


def test_the_page_quotes_the_script() -> None:
    script = (PROJECT / "docs/methods/worked_example.py").read_text("utf-8")
    quoted = re.findall(r"```python\n(.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(quoted) == 3
    assert [piece for piece in quoted if piece not in script] == []


def test_every_licence_is_in_the_published_totals() -> None:
    done, _ = run(3)
    whole = done.protected["cohort"].table.to_pylist()
    of_level = {
        level: sum(row["persons"] for row in whole if row["level"] == level)
        for level in ("register", "county")
    }
    assert set(of_level.values()) == {done.units.num_rows}


def test_figures_are_published_with_error_and_class() -> None:
    done, _ = run(3)
    rows = done.published["cohort"].to_pylist()
    assert {row["quality_class"] for row in rows} == {"A", "B", "C", "D"}
    assert all((row["persons"] is None) == (row["quality_class"] == "D") for row in rows)


def test_the_error_of_a_level_is_that_of_the_formula_or_less() -> None:
    _, found = run(3)
    large = [error for error in found.errors if error.cells > 100]
    assert [error.level for error in large] == ["county", "status"]
    assert all(0.75 < error.measured / error.declared < 1.1 for error in large)


def test_classes_that_differ_in_their_cohorts_do_not_pass() -> None:
    assert failed(run(3)[1]) == ["records_gain"]


def test_without_the_level_of_status_every_attack_passes() -> None:
    assert failed(run(2)[1]) == []


def test_years_in_which_newcomers_have_one_code_do_not_pass() -> None:
    family = example.cohort_family(2)
    years = [
        example.protect_and_attack(example.read_units(FILE, year), family, year, KEY)[0]
        for year in (2024, 2025)
    ]
    found = report(years, Rules.of(example.rules("attacks")), {2025: KEY})
    assert failed(found) == ["newly_certain"]


def test_a_charge_over_the_ceiling_is_refused() -> None:
    units, family = example.read_units(FILE, 2025), example.cohort_family(3)
    with pytest.raises(Refused, match="pass the ceiling"):
        protect(units, "licence", [family], 2025, KEY, quality=Quality((), "D"), ceiling=Fraction(1, 4))
