"""The assessment of a release: one page in the structure of GB/T 37964 and GB/T 42460, and of PIPL articles 55 and 56.

Its figures are those of `gate.json` and of the ledger; its words are data (`metadata/rules/assessment.yaml`). A
statement whose check the release does not have becomes "not measured", and an attack without a record is listed as
such: nothing is claimed that was not measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from etl.metadata import Metadata
from etl.privacy.frozen import STATEMENT
from etl.publish.catalogue import FOLDERS, Page, write_page
from etl.publish.edition import Edition
from etl.publish.privacypage import rho_text
from etl.publish.release import read_json

_NAME = "assessment"


def write_assessment(release: Path, metadata: Metadata, edition: Edition) -> None:
    """Writes the page of a judged release, in both languages, into its catalogue."""
    record, charged = read_json(release / "gate.json"), read_json(release / "open" / STATEMENT)
    for language in FOLDERS:
        values = assessment_page(record, charged, metadata, edition.synthetic, language)
        write_page(release / "open", Page(language, _NAME), _NAME, metadata, edition, **values)


def assessment_page(
    record: Mapping[str, Any], charged: Mapping[str, Any], metadata: Metadata, synthetic: bool, language: str
) -> dict[str, Any]:
    """What the template `assessment.html` shows. `record` as in `gate.json`, `charged` as in `disclosure.json`."""
    told = metadata.rules[_NAME]
    words = {key: text[language] for key, text in told["words"].items()}
    names = {key: text[language] for key, text in told["names"].items()}
    gates = {gate["name"]: gate for gate in record["gates"]}
    found = list(_findings(gates))
    absent = _absent(told, gates, found, language)
    return {
        "title": told["title"][language],
        "lead": told["lead"][language],
        "synthetic": told["synthetic"][language] if synthetic else None,
        "words": words,
        "sections": [_section(section, gates, words, language) for section in told["sections"]],
        "gates": [_gate(gate, names, words) for gate in gates.values()],
        "findings": [_finding(alike, metadata, words, language) for alike in _by_metric(found)],
        "no_findings": told["no_findings"][language],
        "years": [_year(year, metadata, language) for year in reversed(charged["years"])],
        "ceiling": rho_text(charged["rho_ceiling"]),
        "no_ledger": told["no_ledger"][language],
        "conclusion": told["conclusion"][language].format(**_counts(gates, found, absent)),
        "absent": absent,
    }


def _findings(gates: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The findings of the attack suite, which a gate lists among its figures."""
    for gate in gates.values():
        listed = gate["figures"].get("findings")
        yield from listed if isinstance(listed, list) else ()


def _absent(
    told: Mapping[str, Any], gates: Mapping[str, Any], found: Sequence[Mapping[str, Any]], language: str
) -> list[str]:
    """The attacks of the suite that this release has no record of."""
    recorded = {finding["attack"] for finding in found}
    recorded |= {attack for attack, gate in told["checked"].items() if gate in gates}
    return [f"{name} {text[language]}" for name, text in told["attacks"].items() if name not in recorded]


def _counts(
    gates: Mapping[str, Any], found: Sequence[Mapping[str, Any]], absent: Sequence[str]
) -> dict[str, int]:
    passed = sum(bool(gate["passed"]) for gate in gates.values())
    within = sum(bool(finding["passed"]) for finding in found)
    return {
        "passed": passed,
        "failed": len(gates) - passed,
        "within": within,
        "beyond": len(found) - within,
        "absent": len(absent),
    }


def _section(
    section: Mapping[str, Any], gates: Mapping[str, Any], words: Mapping[str, str], language: str
) -> dict[str, Any]:
    return {
        "name": section["name"],
        "title": section["title"][language],
        "basis": section["basis"][language],
        "shows": section.get("shows"),
        "statements": [_statement(statement, gates, words, language) for statement in section["statements"]],
    }


def _statement(
    statement: Mapping[str, str], gates: Mapping[str, Any], words: Mapping[str, str], language: str
) -> str:
    """The statement with the figures of its check; without the check, that it was not measured."""
    name = statement.get("gate")
    if name is None:
        return statement[language]
    if name not in gates:
        return f"{name}: {words['not_measured']}"
    figures = {key: _number(value) for key, value in gates[name]["figures"].items()}
    return statement[language].format_map(figures)


def _gate(gate: Mapping[str, Any], names: Mapping[str, str], words: Mapping[str, str]) -> dict[str, Any]:
    figures = {key: value for key, value in gate["figures"].items() if not isinstance(value, list | dict)}
    return {
        "name": names.get(gate["name"], gate["name"]),
        "figures": [f"{names.get(key, key)} {_number(value)}" for key, value in figures.items()],
        "verdict": words["passed" if gate["passed"] else "failed"],
    }


def _by_metric(found: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The findings of each metric, one for each table that it was measured in."""
    alike: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for finding in found:
        alike.setdefault((finding["attack"], finding["metric"]), []).append(finding)
    yield from alike.values()


def _finding(
    alike: Sequence[Mapping[str, Any]], metadata: Metadata, words: Mapping[str, str], language: str
) -> dict[str, str]:
    """The worst finding of a metric.

    Run times stand in `gate.json`: the page is the same whenever the same release is made.
    """
    named = metadata.rules["attacks"]["metrics"][alike[0]["metric"]]
    above = -1 if "at_least" in named else 1
    worst = max(alike, key=lambda one: (not one["passed"], above * (one["value"] or 0)))
    told = worst["value"] is not None
    return {
        "attack": worst["attack"],
        "metric": named[language],
        "value": _number(worst["value"]) if told else words["kept"],
        "bound": ("≥ " if "at_least" in named else "≤ ") + _number(worst["threshold"]),
        "verdict": words["passed" if worst["passed"] else "failed"],
        "note": words["worst"].format(number=len(alike)) if len(alike) > 1 else "",
    }


def _year(year: Mapping[str, Any], metadata: Metadata, language: str) -> dict[str, Any]:
    families = metadata.rules["disclosure"].get("families", {})
    return {
        "year": year["year"],
        "families": [
            families.get(table["family"], {}).get(language, table["family"]) for table in year["tables"]
        ],
        "rho": rho_text(year["rho"]),
        "cumulated": rho_text(year["rho_cumulated"]),
    }


def _number(value: Any) -> str:
    """A figure as a person reads it: thousands apart, four digits that count, text as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
