"""Protection of the sensitive plane: aggregates by age and sex leave here, and only here.

For now a plain threshold. The public plane gives the exact total of every group (year × division × category),
so whoever sees all cells of a group but one knows that one too. Therefore the cells withheld in a group hold at
least `threshold` persons together: where the small ones do not, the next larger cell is withheld as well. Zeros
count as small: that nobody in a group is of some age or sex says something about everybody in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import BadInput
from etl.metadata import Metadata

SHOWN = "shown"
WITHHELD = "withheld"
STRUCTURAL_ZERO = "structural_zero"


@dataclass(frozen=True)
class Family:
    """One sensitive table: `public` dimensions name the group, `sensitive` ones what is crossed with it.

    `codes` gives the codes of each sensitive dimension, so that an empty cell is a cell too.
    """

    table: str
    measure: str
    public: tuple[str, ...]
    sensitive: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    threshold: int


def protect(sensitive: Path, protected: Path, metadata: Metadata) -> list[Path]:
    """Protect every declared table of folder `sensitive` into folder `protected`; the files written.

    Raises BadInput when a declared table has not been built.
    """
    protected.mkdir(parents=True, exist_ok=True)
    return [_protect_file(sensitive, protected, family) for family in families(metadata)]


def families(metadata: Metadata) -> list[Family]:
    """The families that `rules/disclosure.yaml` declares."""
    rules = metadata.rules["disclosure"]
    return [_family(metadata, declared, rules["threshold"]) for declared in rules["families"].values()]


def protect_cells(cells: pd.DataFrame, family: Family) -> pd.DataFrame:
    """The full grid of a family with `cell_state`; the measure is absent unless the cell is shown.

    `cells`: one row per cell that is not empty. A group that is empty on the public plane is all structural zeros.
    Rows are in the order of the dimensions.
    """
    grid = _grid(cells, family)
    count, groups = grid[family.measure], [grid[name] for name in family.public]
    smallest_first = grid.sort_values(
        [*family.public, family.measure, *family.sensitive], kind="stable"
    ).index
    ranked = count.loc[smallest_first].groupby([group.loc[smallest_first] for group in groups], dropna=False)
    smaller_cells = ranked.cumcount().reindex(grid.index)
    smaller_persons = ranked.cumsum().reindex(grid.index) - count
    withheld = (count < family.threshold) | ((smaller_cells > 0) & (smaller_persons < family.threshold))
    empty = count.groupby(groups, dropna=False).transform("sum") == 0
    state = withheld.map({True: WITHHELD, False: SHOWN}).mask(empty, STRUCTURAL_ZERO)
    return grid.assign(cell_state=state, **{family.measure: count.where(state == SHOWN).astype("Int64")})


def _grid(cells: pd.DataFrame, family: Family) -> pd.DataFrame:
    """Every sensitive cell of every group in every year, empty ones with zero persons."""
    dimensions = [*family.public, *family.sensitive]
    seen = [list(cells[name].drop_duplicates().sort_values()) for name in family.public]
    known = [
        _with_unlisted(codes, cells[name]) for name, codes in zip(family.sensitive, family.codes, strict=True)
    ]
    grid = pd.DataFrame(product(*seen, *known), columns=dimensions).astype(cells[dimensions].dtypes)
    counted = grid.merge(cells, how="left", on=dimensions)
    return counted.assign(**{family.measure: counted[family.measure].fillna(0).astype("int64")})


def _with_unlisted(codes: Sequence[str], column: "pd.Series[Any]") -> list[str | None]:
    """The codes of a list, and the absent value where it occurs."""
    return [*codes, *([None] if column.isna().any() else [])]


def _protect_file(sensitive: Path, protected: Path, family: Family) -> Path:
    source, target = sensitive / f"{family.table}.parquet", protected / f"{family.table}.parquet"
    if not source.exists():
        raise BadInput(
            f"敏感表没有生成 | the sensitive table was not built: {family.table}",
            str(source),
            rule="rules/disclosure.yaml",
            remedy="先运行完整的构建 | run the whole build first",
        )
    table = protect_cells(pq.read_table(source).to_pandas(), family)
    temporary = target.with_suffix(".tmp")
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), temporary, compression="zstd")
    temporary.replace(target)
    return target


def _family(metadata: Metadata, declared: dict[str, Any], threshold: int) -> Family:
    sensitive = tuple(declared["sensitive"])
    lists = [metadata.codes[metadata.fields[name].codes or ""] for name in sensitive]
    return Family(
        table=declared["table"],
        measure=declared["measure"],
        public=tuple(name for name in declared["dimensions"] if name not in sensitive),
        sensitive=sensitive,
        codes=tuple(tuple(entry.code for entry in code_list.entries) for code_list in lists),
        threshold=threshold,
    )
