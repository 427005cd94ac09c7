"""What the suite must have measured of given evidence: a metric that is missing is no metric that passed."""

from collections.abc import Iterator, Mapping, Set
from math import nan

from etl.privacy.attacks.evidence import Evidence
from etl.privacy.attacks.model import Finding, Rules
from etl.privacy.tables.families import Family

TABLE = "table"


def missing(evidence: Evidence, rules: Rules, measured: Mapping[str, Set[str]]) -> Iterator[Finding]:
    """A finding that did not pass for every metric whose needs are met, and that was not measured.

    `measured`: metrics by family, those of the release under "".
    """
    means = {"": _of_release(evidence)}
    means |= {family.name: _of_family(evidence, family.name, rules) for family in evidence.families}
    for metric, bound in rules.bounds.items():
        for name, held in means.items():
            due = bound.needs <= held and (TABLE in bound.needs) == bool(name)
            if due and metric not in measured.get(name, set()):
                note = f"{name}: missing".removeprefix(": ")
                yield Finding(bound.attack, metric, nan, bound.limit, nan, nan, None, 0.0, False, note)


def _of_release(evidence: Evidence) -> set[str]:
    vintages = evidence.vintages
    found = {
        "earlier": bool(evidence.earlier),
        "files": evidence.release is not None and bool(evidence.keys),
        "key": any(vintage.truth is not None and vintage.year in evidence.keys for vintage in vintages),
    }
    return {name for name, held in found.items() if held} | evidence.elsewhere


def _of_family(evidence: Evidence, name: str, rules: Rules) -> set[str]:
    vintages = evidence.of(name)
    (family,) = (family for family in evidence.families if family.name == name)
    years = [vintage.year for vintage in vintages]
    columns = {column for vintage in vintages for column in vintage.units.column_names}
    found = {
        TABLE: True,
        "truth": any(vintage.truth is not None for vintage in vintages),
        "years": len(vintages) > 1,
        "microdata": any(file.year in years for file in evidence.files),
        "two_files": any(_two_tell(evidence, family, year) for year in years),
        "log": name in evidence.logs,
        "key": any(vintage.truth is not None and vintage.year in evidence.keys for vintage in vintages),
        "employer": rules.employer is not None and rules.employer.column in columns,
        "name": rules.name_column in columns and rules.name_tells in family.sensitive,
    }
    return {name for name, held in found.items() if held}


def _two_tell(evidence: Evidence, family: Family, year: int) -> bool:
    """Whether two files of the year hold the codes of the family."""
    return sum(file.year == year and file.tells(family) for file in evidence.files) > 1
