"""Standard errors of protected figures, and the classes that say what they are good for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.privacy.reading import declaration_of
from etl.privacy.tables.families import Family
from etl.privacy.tables.layout import NOT_RELEASED


@dataclass(frozen=True)
class Quality:
    """Classes of quality: `limits`, best first, give the largest standard deviation of each as a share of the figure;
    all other figures are of class `hidden` and not shown.
    """

    limits: tuple[tuple[str, float], ...]
    hidden: str

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "Quality":
        """From `{shown: {class: limit, ...}, hidden: class}`, as `rules/disclosure.yaml` has it.

        Raises:
            BadInput: it is of another form.
        """
        with declaration_of("quality", "shown: {class: limit…}, hidden: class"):
            ordered = sorted(declared["shown"].items(), key=lambda item: item[1])
            return cls(tuple((name, float(limit)) for name, limit in ordered), declared["hidden"])

    def classes(
        self, figures: npt.NDArray[np.float64], deviations: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.str_]:
        """The class of every figure, given the standard deviation of its error. An exact zero is of the best."""
        within = [deviations <= share * figures for _, share in self.limits]
        return np.select(within, [name for name, _ in self.limits], self.hidden)


def with_errors(table: pa.Table, family: Family, quality: Quality) -> pa.Table:
    """A table of `protect` or `measure` with `quality_class` before `cell_state`; figures of the hidden class are
    NULL and not released. A structural zero is exact, so its class is the best."""
    figures, deviations = (table[name].to_numpy().astype(np.float64) for name in ("persons", "persons_sd"))
    classes = quality.classes(figures, deviations)
    hidden = classes == quality.hidden
    states = np.where(hidden, NOT_RELEASED, table["cell_state"].to_numpy(zero_copy_only=False))
    shown = {
        "persons": pa.array(table["persons"].to_numpy(), mask=hidden),
        "persons_sd": table["persons_sd"],
        "quality_class": pa.array(classes, pa.string()),
        "cell_state": pa.array(states, pa.string()),
    }
    kept = ["year", "level", *family.public, *family.sensitive]
    return pa.table({name: table[name] for name in kept} | shown)
