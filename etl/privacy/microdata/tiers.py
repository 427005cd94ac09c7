"""What a file of microdata must satisfy: requirements on classes of persons who look alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from etl.errors import BadInput


@dataclass(frozen=True)
class Criterion:
    """What a class must not tell of a sensitive column, at the detail in which the column is published.

    `distinct`: least number of different values (l-diversity, Machanavajjhala et al. 2007); `frequency`: largest share
    of one value (alpha; Wong et al. 2006); `distance`: largest total variation between the class and the population
    (t-closeness, Li et al. 2007, with equal distances).
    """

    column: str
    distinct: int = 1
    frequency: float = 1.0
    distance: float = 1.0


@dataclass(frozen=True)
class Requirement:
    """Records alike in all `identifiers` are one class, of at least `size` persons of the register (k)."""

    identifiers: tuple[str, ...]
    size: int
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True)
class Tier:
    """A kind of file: requirements from few identifiers to many, largest share suppressed, share sampled.

    `inference`: the most by which a record may help to guess a secret of its person (A14).
    """

    name: str
    requirements: tuple[Requirement, ...]
    suppressed: float
    sample: float
    inference: float = 1.0

    @property
    def identifiers(self) -> tuple[str, ...]:
        """All quasi-identifiers: those of the last requirement."""
        return self.requirements[-1].identifiers

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Sensitive columns that are not generalised, each once."""
        criteria = (criterion.column for item in self.requirements for criterion in item.criteria)
        return tuple(dict.fromkeys(name for name in criteria if name not in self.identifiers))


def tier(name: str, content: Mapping[str, Any]) -> Tier:
    """A tier as it stands in `rules/microdata.yaml`, which its schema has checked.

    Raises:
        BadInput: the identifiers of a requirement do not begin with those of the one before.
    """
    requirements = tuple(
        Requirement(
            tuple(item["identifiers"]),
            item["size"],
            tuple(Criterion(column, **limits) for column, limits in item.get("sensitive", {}).items()),
        )
        for item in content["requirements"]
    )
    for former, following in pairwise(requirements):
        if following.identifiers[: len(former.identifiers)] != former.identifiers:
            raise BadInput(
                f"{name}：后一要求的准标识须以前一要求的起头 | the identifiers of a requirement must begin with those"
                " of the one before",
                where="rules/microdata.yaml",
                rule="requirements extend each other",
                remedy="调整次序 | put them in order",
            )
    for item in requirements:
        for criterion in item.criteria:
            if criterion.column in item.identifiers:
                raise BadInput(
                    f"{name}：{criterion.column} 既是准标识又是敏感列 | {criterion.column} identifies and is sensitive"
                    " in one requirement",
                    where="rules/microdata.yaml",
                    rule="a class is alike in what identifies it",
                    remedy="从其中之一去掉 | leave it out of one of them",
                )
    return Tier(name, requirements, content["suppressed"], content["sample"], content["inference"])
