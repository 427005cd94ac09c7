"""Standard errors of protected figures, and the classes that say what they are good for."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.privacy.tables.families import Family
from etl.privacy.tables.layout import NOT_RELEASED

LIMITS = (("A", 0.05), ("B", 0.15), ("C", 0.33))
"""The largest standard deviation of each class, as a share of the figure."""

HIDDEN = "D"
"""The class of all other figures, which are not shown."""


def quality_class(figure: float, deviation: float, limits: Sequence[tuple[str, float]] = LIMITS) -> str:
    """The class of one figure whose error has the standard deviation `deviation`."""
    return str(_classes(np.array([figure]), np.array([deviation]), limits)[0])


def with_errors(table: pa.Table, family: Family, limits: Sequence[tuple[str, float]] = LIMITS) -> pa.Table:
    """A table of `protect` or `measure` with `quality_class` before `cell_state`; figures of class D are NULL and
    not released. A structural zero is exact, so its class is the best."""
    figures, deviations = (table[name].to_numpy().astype(np.float64) for name in ("persons", "persons_sd"))
    classes = _classes(figures, deviations, limits)
    hidden = classes == HIDDEN
    states = np.where(hidden, NOT_RELEASED, table["cell_state"].to_numpy(zero_copy_only=False))
    shown = {
        "persons": pa.array(table["persons"].to_numpy(), mask=hidden),
        "persons_sd": table["persons_sd"],
        "quality_class": pa.array(classes, pa.string()),
        "cell_state": pa.array(states, pa.string()),
    }
    kept = ["year", "level", *family.public, *family.sensitive]
    return pa.table({name: table[name] for name in kept} | shown)


def _classes(
    figures: npt.NDArray[np.float64], deviations: npt.NDArray[np.float64], limits: Sequence[tuple[str, float]]
) -> npt.NDArray[np.str_]:
    return np.select(
        [deviations <= share * figures for _, share in limits], [name for name, _ in limits], HIDDEN
    )
