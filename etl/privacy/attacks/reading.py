"""Evidence from a release folder: its frozen vintages, and what a store adds to them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import BadInput
from etl.privacy.attacks.model import UNIT, Vintage
from etl.privacy.attacks.suite import Evidence
from etl.privacy.tables.families import Family

_VINTAGES = Path("open/vintages")
_DATASETS = "open/datasets/*/*.parquet"


def evidence(
    release: Path,
    families: Sequence[Family],
    disclosure: Mapping[str, Any],
    *,
    source: Path | None = None,
    logs: Mapping[str, Mapping[int, pa.Table]] | None = None,
    keys: Mapping[int, bytes] | None = None,
    earlier: Sequence[Path] = (),
) -> Evidence:
    """What the attacks read of a release.

    `disclosure`: the rules of protected tables (`unit`, `absent`). `source`: Parquet file of the units of all years
    with public and sensitive columns; without it nobody's class is known and nothing is scored. `logs`, `keys`: see
    `Evidence`. `earlier`: folders of earlier releases. Families without a vintage in every year are left out.

    Raises BadInput when a release holds no protected tables.
    """
    published = read_published(release)
    whole = [family for family in families if all(family.name in tables for tables in published.values())]
    schemas = {path.stem: pq.read_schema(path) for path in sorted(release.glob(_DATASETS))}
    return Evidence(
        vintages=[_vintage(year, published[year], whole, source, disclosure) for year in sorted(published)],
        families=whole,
        logs=logs or {},
        keys=keys or {},
        earlier=[by_family(read_published(folder)) for folder in earlier],
        open_tables={name: schema for name, schema in schemas.items() if "cell_state" not in schema.names},
        release=release,
    )


def read_published(release: Path) -> dict[int, dict[str, pa.Table]]:
    """Year and family -> protected table; raises BadInput when the release holds none."""
    found: dict[int, dict[str, pa.Table]] = {}
    for path in sorted((release / _VINTAGES).glob("*/*.parquet")):
        found.setdefault(int(path.parent.name), {})[path.stem] = pq.read_table(path)
    if not found:
        raise BadInput(
            f"发布中没有受保护的表 | the release holds no protected tables: {_VINTAGES}",
            str(release),
            remedy="给出发布文件夹，如 STORE/public/releases/2026.10.0 | name the folder of a release",
        )
    return found


def by_family(published: Mapping[int, Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    """All years of every family in one table."""
    names = sorted({name for tables in published.values() for name in tables})
    return {name: pa.concat_tables([t[name] for t in published.values() if name in t]) for name in names}


def _vintage(
    year: int,
    published: Mapping[str, pa.Table],
    families: Sequence[Family],
    source: Path | None,
    disclosure: Mapping[str, Any],
) -> Vintage:
    public = list(dict.fromkeys(column for family in families for column in family.public))
    sensitive = list(dict.fromkeys(column for family in families for column in family.sensitive))
    if source is None:
        nobody = pa.table({name: pa.array([], pa.string()) for name in (UNIT, *public)})
        return Vintage(year, nobody, published, None)
    columns = ", ".join(
        f"coalesce({name}, '{disclosure['absent'][name]}') AS {name}" for name in public + sensitive
    )
    query = f"SELECT {disclosure['unit']} AS {UNIT}, {columns} FROM read_parquet($1) WHERE year = $2"
    with duckdb.connect() as connection:
        register: pa.Table = connection.sql(query, params=[str(source), year]).to_arrow_table()
    return Vintage(year, register.select([UNIT, *public]), published, register.select([UNIT, *sensitive]))
