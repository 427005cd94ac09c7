"""Running the attacks on evidence, as the last gate of a release and from the command line."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import combinations
from math import isfinite, isnan
from time import perf_counter
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.privacy.attacks import (
    averaging,
    classes,
    declared,
    differencing,
    dominance,
    intervals,
    joined,
    keys,
    margins,
    noise,
    overlap,
    reconstruction,
)
from etl.privacy.attacks.evidence import Evidence
from etl.privacy.attacks.expected import missing
from etl.privacy.attacks.model import UNIT, Finding, Measured, Rules, Vintage, judge
from etl.privacy.attacks.series import Series, series
from etl.privacy.tables import layout
from etl.privacy.tables.drawn import Task, draw
from etl.privacy.tables.families import Family

Attack = Callable[[], Iterable[Measured]]
_TRIALS = 1
_DRAWN = 10_000
"""Units whose noise is drawn again: what a key or a code does to noise, it does to that of any register."""
_LIMITS = {False: "至多 at most", True: "至少 at least"}
"""What the bound of a finding that failed is: it lies on the other side of the value."""


def attack_gate(evidence: Evidence, rules: Rules, beside: Sequence[Finding] = ()) -> tuple[Finding, ...]:
    """Findings of all attacks that the evidence allows, in the order of their numbers; one that is missing fails.

    `beside`: findings of the attacks on microdata (A10 to A14) and of the leak scan (A17), made elsewhere.
    """
    found: list[Finding] = []
    measured: dict[str, set[str]] = {"": {finding.metric for finding in beside}}
    for name, attack in _attacks(evidence, rules):
        of_attack = _run(attack, name, rules)
        measured.setdefault(name, set()).update(finding.metric for finding in of_attack)
        found += of_attack
    found += missing(evidence, rules, measured)
    return tuple(sorted([*found, *beside], key=lambda finding: int(finding.attack[1:])))


def record(findings: Sequence[Finding]) -> dict[str, Any]:
    """All that was measured, for those who may know the truth it was scored on; null where nothing could be."""
    return {"findings": [_finite(finding) for finding in findings]}


def _finite(finding: Finding) -> dict[str, Any]:
    told = asdict(finding).items()
    return {name: None if isinstance(value, float) and not isfinite(value) else value for name, value in told}


def figures(findings: Sequence[Finding], texts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Findings for `gate.json`, which is published: a figure scored on the truth tells of it, and is left out.

    `texts`: the metrics of `rules/attacks.yaml`; those that are `told` follow from public facts alone. `not_judged`:
    of what there was too little to be measured; it did not pass.
    """
    judged = [finding for finding in findings if not (finding.passed and isnan(finding.value))]
    silent = [finding for finding in findings if finding not in judged]
    return {
        "findings": [_published(finding, texts[finding.metric]) for finding in judged],
        "not_judged": [{"attack": finding.attack, "metric": finding.metric} for finding in silent],
    }


def _published(finding: Finding, text: Mapping[str, Any]) -> dict[str, Any]:
    kept = {} if text.get("told") else dict.fromkeys(("value", "low", "high", "baseline", "note"))
    return _finite(finding) | kept


def problems(findings: Sequence[Finding], texts: Mapping[str, Mapping[str, str]]) -> list[str]:
    """A line for every finding that did not pass; `texts`: zh and en of every metric (`rules/attacks.yaml`)."""
    return [
        f"{finding.attack} {finding.metric} = {_value(finding)}: "
        f"{text.get('zh', finding.metric)} | {text.get('en', finding.metric)}  {finding.note}"
        for finding in findings
        if not finding.passed
        for text in (texts.get(finding.metric, {}),)
    ]


def _value(finding: Finding) -> str:
    if isnan(finding.value):
        return "没有测量 | not measured"
    limit = _LIMITS[finding.value < finding.threshold]
    return f"{finding.value:.4g} ({limit} {finding.threshold:g})"


def _run(attack: Attack, name: str, rules: Rules) -> list[Finding]:
    """The findings of an attack on the family `name`, which stands in their notes."""
    start = perf_counter()
    measured = tuple(attack())
    seconds = round(perf_counter() - start, 3)
    told = (replace(one, note=f"{name}: {one.note}".strip(": ")) for one in measured)
    return [judge(one, rules, seconds) for one in told]


def _attacks(evidence: Evidence, rules: Rules) -> Iterator[tuple[str, Attack]]:
    """Every attack with the name of its family, "" for those on the release."""
    with duckdb.connect() as connection:
        found = {family.name: _drawing(family, evidence, connection) for family in evidence.families}
        drawings = {name: one for name, one in found.items() if one}
        yield from (("", attack) for attack in _on_release(evidence, tuple(drawings.values())))
        for family in evidence.families:
            yield from ((family.name, attack) for attack in _on_family(family, evidence, rules, drawings))


def _on_family(
    family: Family, evidence: Evidence, rules: Rules, drawings: Mapping[str, noise.Drawing]
) -> Iterator[Attack]:
    found = series(family, evidence.of(family.name))
    yield from _on_figures(found, evidence, rules)
    yield from _on_files(found, evidence, rules)
    yield from _on_noise(family, evidence, drawings.get(family.name))


def _on_release(evidence: Evidence, drawings: Sequence[noise.Drawing]) -> Iterator[Attack]:
    names = [family.name for family in evidence.families]
    years = {name: [vintage.year for vintage in evidence.of(name)] for name in names}
    yield lambda: overlap.overlaps(evidence.families, years)
    yield lambda: overlap.beside(evidence.open_tables, evidence.families, names)
    if evidence.earlier:
        yield lambda: noise.frozen(evidence.published, evidence.earlier)
    if evidence.release is not None and evidence.keys:
        release, held = evidence.release, {str(year): key for year, key in evidence.keys.items()}
        yield lambda: keys.key_bytes(release, held)
    if drawings:
        yield lambda: noise.wrong_key(drawings)


def _on_figures(found: Series, evidence: Evidence, rules: Rules) -> tuple[Attack, ...]:
    return (
        lambda: margins.public_totals(found),
        lambda: margins.additivity(found),
        lambda: classes.group_disclosure(found, rules),
        lambda: differencing.differencing(found, rules),
        lambda: averaging.averaging(found),
        lambda: declared.declared_errors(found, rules) if found.truth is not None else (),
        lambda: intervals.suppression(found, rules),
        lambda: reconstruction.reconstruction(found, rules),
        lambda: dominance.dominance(found, evidence.of(found.family.name), rules),
    )


def _on_files(found: Series, evidence: Evidence, rules: Rules) -> Iterator[Attack]:
    """Attacks on tables and microdata together, and on two files together."""
    for file in evidence.files:
        yield partial(joined.joined, found, file, rules)
    for pair in combinations(evidence.files, 2):
        yield partial(joined.linked, found, pair, rules)


def _on_noise(family: Family, evidence: Evidence, drawing: noise.Drawing | None) -> Iterator[Attack]:
    """Attacks on the noise: on the logs, and on the newest year whose key and truth are held."""
    made = {vintage.year: vintage.as_made(family) for vintage in evidence.of(family.name)}
    if logs := evidence.logs.get(family.name):
        logged = made[max(logs)]
        yield lambda: noise.change_oracle(logs, logged)
        yield lambda: noise.noise_variance(logs, logged)
    if drawing:
        yield lambda: noise.neighbours(drawing, _TRIALS)


def _drawing(
    family: Family, evidence: Evidence, connection: duckdb.DuckDBPyConnection
) -> noise.Drawing | None:
    """Of the newest year whose key and truth are held."""
    held = {v.year: v for v in evidence.of(family.name) if v.truth is not None and v.year in evidence.keys}
    if not held:
        return None
    year = max(held)
    made = held[year].as_made(family)

    def drawn(units: pa.Table, used: bytes) -> pa.Table:
        connection.register("units", units)
        return layout.log(*draw(connection, Task("units", UNIT, made, year, used)), made)

    register = _register(held[year])
    some = np.random.default_rng(0).permutation(register.num_rows)[:_DRAWN]
    return noise.Drawing(made, register.take(pa.array(some)), evidence.keys[year], drawn)


def _register(vintage: Vintage) -> pa.Table:
    """Public and sensitive columns of a vintage side by side."""
    assert vintage.truth is not None
    at = pc.index_in(vintage.units[UNIT].combine_chunks(), vintage.truth[UNIT].combine_chunks())
    truth = vintage.truth.drop_columns([UNIT]).take(at)
    register = vintage.units
    for name in truth.column_names:
        register = register.append_column(name, truth[name])
    return register
