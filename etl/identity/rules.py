"""The linking rules of a register (`rules/linking.yaml`) as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from etl.metadata import Metadata


@dataclass(frozen=True)
class Blocking:
    """Pairs worth comparing: equal in every key (SQL on the features) and, where given, fulfilling `when`."""

    keys: tuple[str, ...]
    when: str | None


@dataclass(frozen=True)
class Level:
    """One degree of agreement: SQL condition (None: whatever is left), declared shares m and u.

    `frequency`: adjusted for how common the value is. `fixed`: m is not learnt.
    """

    zh: str
    en: str
    when: str | None
    m: float
    u: float
    frequency: bool
    fixed: bool


@dataclass(frozen=True)
class Comparison:
    """How one feature of two certificates agrees; NULL on either side says nothing."""

    feature: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class PersonRules:
    """How certificates without an ID number are put together. Probabilities `link` > `review`."""

    link: float
    review: float
    seed: int
    sample_pairs: int
    labelled_pairs: int
    expected: float
    largest_block: int
    exclusive: str
    features: Mapping[str, str]
    blocking: tuple[Blocking, ...]
    comparisons: tuple[Comparison, ...]
    variants: tuple[str, ...]
    dropped: str
    lost: str
    units: tuple[tuple[str, str], ...]


def person_rules(metadata: Metadata) -> PersonRules | None:
    """The rules on persons; None for a register that declares none: its certificates then stand alone."""
    content: Mapping[str, Any] | None = metadata.rules.get("linking")
    if content is None:
        return None
    item = content["person"]
    scalars = ("link", "review", "seed", "sample_pairs", "labelled_pairs", "expected", "largest_block")
    names = item["names"]
    return PersonRules(
        **{name: item[name] for name in scalars},
        exclusive=item["exclusive"],
        features=item["features"],
        blocking=tuple(Blocking(tuple(rule["keys"]), rule.get("when")) for rule in item["blocking"]),
        comparisons=tuple(
            Comparison(each["feature"], tuple(_level(level) for level in each["levels"]))
            for each in item["comparisons"]
        ),
        variants=tuple(names["variants"]),
        dropped=names["dropped"],
        lost=names["lost"],
        units=tuple((old, new) for old, new in item["units"]),
    )


def _level(item: Mapping[str, Any]) -> Level:
    return Level(
        item["zh"],
        item["en"],
        item.get("when"),
        item["m"],
        item["u"],
        item.get("frequency", False),
        item.get("fixed", False),
    )
