"""Shares and quantiles of a family in long form, as declared: a row for each node and measure, with band and class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.privacy.tables.errors import Quality
from etl.privacy.tables.families import Family
from etl.privacy.tables.layout import MERGED, NOT_RELEASED, PERTURBED
from etl.privacy.tables.measures import Bands, Numbers, quantiles, rates

BAND = 2
"""The band around a figure: so many standard errors on either side hold the true one in some 95 % of cases."""

_DIGITS = 4


@dataclass(frozen=True)
class Summaries:
    """Measures of a family. `shares`: name -> the codes of each sensitive column that are counted, over all units of
    the node. `quantiles`: name -> the share of the units with a band that lie below.
    """

    shares: Mapping[str, Mapping[str, tuple[str, ...]]]
    bands: Bands
    quantiles: Mapping[str, float]

    @classmethod
    def of(cls, declared: Mapping[str, Any]) -> "Summaries":
        """From its declaration in the form of `rules/disclosure.yaml`."""
        banded = declared["quantiles"]
        return cls(
            shares={
                name: {column: tuple(codes) for column, codes in counted.items()}
                for name, counted in declared["shares"].items()
            },
            bands=Bands(
                banded["column"], tuple(banded["bands"]), *zip(*banded["bands"].values(), strict=True)
            ),
            quantiles=dict(banded["shares"]),
        )


def summarise(table: pa.Table, family: Family, wanted: Summaries, quality: Quality) -> pa.Table:
    """The wanted measures of a whole table of `protect`: year, level, public columns, measure_code, value, value_low,
    value_high (a band of 95 %), quality_class, cell_state. Figures of the hidden class are NULL and not released.

    The class of a share is that of the count of its units; of a quantile, that of the count below it or above it,
    whichever is smaller. Post-processing of protected counts: no further rho. Raises BadInput as `rates`.
    """
    parts = []
    for name, counted in wanted.shares.items():
        found = rates(table, family, counted)
        rate, deviation = _numbers(found, "rate"), _numbers(found, "rate_sd")
        low, high = (np.clip(rate + side * BAND * deviation, 0, 1) for side in (-1, 1))
        parts.append(_told(found, family, name, (rate, low, high), quality.classes(rate, deviation)))
    for name, share in wanted.quantiles.items():
        found = quantiles(table, family, wanted.bands, [share])
        deviation = _numbers(found, "share_sd")
        classes = quality.classes(np.full(len(deviation), min(share, 1 - share)), deviation)
        value, low, high = (_numbers(found, column) for column in ("value", "low", "high"))
        parts.append(_told(found, family, name, (value, low, high), classes))
    return _with_states(pa.concat_tables(parts), table, family, quality)


def _told(
    found: pa.Table,
    family: Family,
    name: str,
    figures: tuple[Numbers, Numbers, Numbers],
    classes: npt.NDArray[np.str_],
) -> pa.Table:
    columns = dict(zip(("value", "value_low", "value_high"), map(_rounded, figures), strict=True))
    nodes = {column: found[column] for column in ("year", "level", *family.public)}
    named = {"measure_code": pa.repeat(pa.scalar(name, pa.string()), found.num_rows)}
    return pa.table(nodes | named | columns | {"quality_class": pa.array(classes, pa.string())})


def _with_states(told: pa.Table, table: pa.Table, family: Family, quality: Quality) -> pa.Table:
    """With the state of each row's node, and without the figures of the hidden class."""
    cells = np.prod([len(codes) for codes in family.codes], dtype=np.int64)
    merged = (table["cell_state"].to_numpy() == MERGED).reshape(-1, cells).any(axis=1)
    hidden = told["quality_class"].to_numpy() == quality.hidden
    states = np.where(np.resize(merged, told.num_rows), MERGED, PERTURBED)
    for column in ("value", "value_low", "value_high"):
        place = told.column_names.index(column)
        told = told.set_column(place, column, pc.if_else(pa.array(hidden), None, told[column]))
    return told.append_column("cell_state", pa.array(np.where(hidden, NOT_RELEASED, states), pa.string()))


def _numbers(table: pa.Table, column: str) -> Numbers:
    """A column as numbers, NaN where it is NULL."""
    return np.asarray(table[column].to_numpy(), np.float64)


def _rounded(values: Numbers) -> pa.Array:
    return pa.array(values.round(_DIGITS), from_pandas=True)
