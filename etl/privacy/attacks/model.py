"""What an attack reads, what it measures, and how a measurement becomes a finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, nan
from statistics import NormalDist
from typing import Any

import pyarrow as pa

from etl.privacy.reading import declaration_of
from etl.privacy.tables.families import Family

UNIT = "unit"
_TIER = "tier"


@dataclass(frozen=True)
class Vintage:
    """One year of one or more families as an attacker holds it.

    `units`: one row per unit in column `unit`, with the public columns that the lookup shows; no rows when the
    attacker holds no lookup. `published`: family name -> the table as published, long form. `truth`: column `unit`
    and the sensitive columns, only for scoring and for calibrating the attacker on half of the victims. `declared`:
    family name -> the family as that year's table was made, where its variances are not those of the evidence.
    """

    year: int
    units: pa.Table
    published: Mapping[str, pa.Table]
    truth: pa.Table | None
    declared: Mapping[str, Family] = field(default_factory=dict)

    def as_made(self, family: Family) -> Family:
        """The family with the variances of this year."""
        return self.declared.get(family.name, family)


@dataclass(frozen=True)
class Estimate:
    """A figure with its confidence interval; an exact count has no width."""

    value: float
    low: float
    high: float

    @classmethod
    def exact(cls, value: float) -> "Estimate":
        return cls(float(value), float(value), float(value))

    @classmethod
    def unknown(cls) -> "Estimate":
        """Of what could not be measured: it passes any bound of a sampled metric, and is told as not judged."""
        return cls(nan, -inf, inf)


@dataclass(frozen=True)
class Measured:
    """What an attack measured: `metric` stands in `rules/attacks.yaml`, `baseline` is without the tables."""

    metric: str
    estimate: Estimate
    baseline: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """One metric of one attack against its threshold; `seconds` is the run time of the whole attack."""

    attack: str
    metric: str
    value: float
    threshold: float
    low: float
    high: float
    baseline: float | None
    seconds: float
    passed: bool
    note: str


@dataclass(frozen=True)
class Bound:
    """A threshold: at most (or at least) `limit`; a sampled metric is judged by the near end of its interval.

    `limit`: nan where a tier of microdata tells it. `needs`: what evidence it must be measured of.
    """

    attack: str
    limit: float
    at_most: bool
    sampled: bool
    needs: frozenset[str]


@dataclass(frozen=True)
class Employer:
    """One or two hold most of a class: the largest, the two largest more than `one`, `two` of it, or fewer than
    `fewest` hold any of it. `column` names the employer.
    """

    column: str
    one: float
    two: float
    fewest: int


@dataclass(frozen=True)
class Certain:
    """Above `posterior` a guess is certain, newly so when the tables multiplied its odds by `odds` or more."""

    posterior: float
    odds: float


@dataclass(frozen=True)
class Interval:
    """A hidden cell is determined by an interval narrower than `width` persons or than `share` of its middle; of
    `cells` such cells.
    """

    width: float
    share: float
    cells: int


@dataclass(frozen=True)
class Reconstruction:
    """Of classes of at most `persons`, so many `classes`; a cell may be `errors` standard errors from its figure."""

    persons: int
    classes: int
    errors: float


@dataclass(frozen=True)
class Rules:
    """`metadata/rules/attacks.yaml`: bounds by metric, and the attacker's means.

    `nobody`: largest chance of nobody in a cell at which a zero is unexpected. `of_each`: fewest victims with a code,
    and without it, that it is scored by. `simulations`: tables drawn anew to compare errors with.
    """

    bounds: Mapping[str, Bound]
    confidence: float
    resamples: int
    victims: int
    seed: int
    simulations: int
    name_column: str | None
    name_tells: str | None
    employer: Employer | None
    certain: Certain
    nobody: float
    of_each: int
    interval: Interval
    reconstruction: Reconstruction

    @property
    def quantile(self) -> float:
        """Of the normal distribution, for a two-sided interval of `confidence`."""
        return NormalDist().inv_cdf((1 + self.confidence) / 2)

    @classmethod
    @declaration_of("attacks", "metadata/rules/attacks.yaml")
    def of(cls, content: Mapping[str, Any]) -> "Rules":
        """The rules as `rules/attacks.yaml` has them; a tier's bounds are judged elsewhere.

        Raises:
            BadInput: something is missing, misspelt or of another form.
        """
        limits = {
            name: item.get("at_most", item.get("at_least")) for name, item in content["metrics"].items()
        }
        bounds = {
            name: Bound(
                attack=item["attack"],
                limit=nan if limits[name] == _TIER else float(limits[name]),
                at_most="at_most" in item,
                sampled=item.get("sampled", False),
                needs=frozenset(item["needs"]),
            )
            for name, item in content["metrics"].items()
        }
        attacker, names = content["attacker"], content["attacker"].get("names", {})
        return cls(
            bounds=bounds,
            confidence=attacker["confidence"],
            resamples=attacker["resamples"],
            victims=attacker["victims"],
            seed=attacker["seed"],
            simulations=attacker["simulations"],
            name_column=names.get("column"),
            name_tells=names.get("tells"),
            employer=Employer(**attacker["employer"]) if "employer" in attacker else None,
            certain=Certain(**attacker["certain"]),
            nobody=attacker["nobody"],
            of_each=attacker["of_each"],
            interval=Interval(**attacker["interval"]),
            reconstruction=Reconstruction(**attacker["reconstruction"]),
        )


def judge(measured: Measured, rules: Rules, seconds: float) -> Finding:
    """The finding of a measurement.

    A sampled metric fails when its whole interval lies on the wrong side of the limit: a gate must not toss a coin.
    """
    bound, found = rules.bounds[measured.metric], measured.estimate
    if bound.at_most:
        passed = (found.low if bound.sampled else found.value) <= bound.limit
    else:
        passed = (found.high if bound.sampled else found.value) >= bound.limit
    return Finding(
        attack=bound.attack,
        metric=measured.metric,
        value=found.value,
        threshold=bound.limit,
        low=found.low,
        high=found.high,
        baseline=measured.baseline,
        seconds=seconds,
        passed=bool(passed),
        note=measured.note,
    )
