"""Open datasets: what `datasets/<slug>/` promises, written as CSV, Parquet and a data package."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from etl.errors import BadInput
from etl.metadata import Metadata
from etl.metadata.reading import read_yaml
from etl.publish.tables import Table

Words = Mapping[str, str]
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Dataset:
    """The contract of one open dataset: the table it publishes, its grain, and the columns opted in."""

    folder: Path
    slug: str
    version: str
    title: Words
    description: Words
    table: str
    grain: tuple[str, ...]
    columns: tuple[str, ...]
    requires: tuple[str, ...]
    cadence: str
    warnings: tuple[Words, ...]

    def columns_in(self, table: Table) -> tuple[str, ...]:
        """The opted-in columns that this register has."""
        return tuple(name for name in self.columns if name in table.columns)

    def grain_in(self, table: Table) -> tuple[str, ...]:
        return tuple(name for name in self.grain if name in table.columns)


@dataclass(frozen=True)
class Written:
    """A dataset as it stands in a release: its files, the one of codes per code list, and the rows.

    `documents`: what explains it beside its README. `reserved`: the codes that protection added to each code list.
    """

    dataset: Dataset
    folder: Path
    columns: tuple[str, ...]
    grain: tuple[str, ...]
    rows: int
    csv: Path
    parquet: Path
    codes: Mapping[str, Path]
    documents: tuple[Path, ...]
    reserved: Mapping[str, tuple[str, ...]]
    grain_is_complete: bool


def discover_datasets(root: Path) -> list[Dataset]:
    """Every folder of `root` with a `dataset.yaml`, by slug.

    Raises:
        BadInput: a contract breaks its schema, misses its README, or names itself otherwise than its folder.
    """
    return [_read(path.parent) for path in sorted(root.glob("*/dataset.yaml"))]


def _read(folder: Path) -> Dataset:
    path = folder / "dataset.yaml"
    content: dict[str, Any] = read_yaml(path, "dataset")
    dataset = Dataset(
        folder=folder,
        slug=content["slug"],
        version=content["version"],
        title=content["title"],
        description=content["description"],
        table=content["table"],
        grain=tuple(content["grain"]),
        columns=tuple(content["columns"]),
        requires=tuple(content.get("requires", ())),
        cadence=content["cadence"],
        warnings=tuple(content.get("warnings", ())),
    )
    _check(dataset, path)
    return dataset


def _check(dataset: Dataset, path: Path) -> None:
    if dataset.slug != dataset.folder.name:
        raise BadInput("slug 与文件夹不同名 | slug differs from the folder", str(path), "dataset contract")
    if not set(dataset.grain) <= set(dataset.columns):
        raise BadInput("grain 有未发布的列 | grain has unpublished columns", str(path), "dataset contract")
    if not (dataset.folder / "README.md").is_file():
        raise BadInput("缺少 README.md | README.md is missing", str(dataset.folder), "dataset contract")


def offered(datasets: Sequence[Dataset], tables: Mapping[str, Table], metadata: Metadata) -> list[Dataset]:
    """The datasets that this register can fill."""
    return [d for d in datasets if d.table in tables and metadata.available.issuperset(d.requires)]


def write_dataset(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    table: Table,
    metadata: Metadata,
    root: Path,
    *,
    documents: Sequence[Path] = (),
) -> Written:
    """Writes CSV, Parquet, code lists, README and other documents of one dataset below `root`.

    The same input gives the same bytes.
    """
    folder = root / dataset.slug
    folder.mkdir(parents=True)
    columns, grain = dataset.columns_in(table), dataset.grain_in(table)
    content = _content(connection, table, columns, grain)
    csv, parquet = folder / f"{dataset.slug}.csv", folder / f"{dataset.slug}.parquet"
    pq.write_table(content, parquet, compression="zstd")
    _write_csv(csv, _months_as_text(content, metadata))
    copied = [folder / path.name for path in documents]
    for path, target in zip(
        (dataset.folder / "README.md", *documents), (folder / "README.md", *copied), strict=True
    ):
        shutil.copyfile(path, target)
    reserved = _reserved(content, metadata)
    return Written(
        dataset=dataset,
        folder=folder,
        columns=columns,
        grain=grain,
        rows=content.num_rows,
        csv=csv,
        parquet=parquet,
        codes=_write_codes(columns, metadata, reserved, folder / "codes"),
        documents=tuple(copied),
        reserved=reserved,
        grain_is_complete=all(content[name].null_count == 0 for name in grain),
    )


def _content(
    connection: duckdb.DuckDBPyConnection, table: Table, columns: tuple[str, ...], grain: tuple[str, ...]
) -> pa.Table:
    select, order = ", ".join(columns), ", ".join(f"{name} NULLS FIRST" for name in grain)
    return connection.sql(f"SELECT {select} FROM {table.source} ORDER BY {order}").to_arrow_table()


def _months_as_text(content: pa.Table, metadata: Metadata) -> pa.Table:
    for index, name in enumerate(content.column_names):
        if name in metadata.fields and metadata.fields[name].type == "month":
            content = content.set_column(index, name, pa.compute.strftime(content[name], "%Y-%m"))
    return content


def _write_csv(path: Path, content: pa.Table) -> None:
    """UTF-8 with a byte-order mark, so that spreadsheet programs show Chinese text."""
    with path.open("wb") as file:
        file.write(_BOM)
        pa_csv.write_csv(content, file, pa_csv.WriteOptions(quoting_style="needed", quoting_header="needed"))


def _reserved(content: pa.Table, metadata: Metadata) -> dict[str, tuple[str, ...]]:
    """Code list -> the reserved codes that stand in its columns."""
    known = metadata.rules["disclosure"]["reserved"]
    found: dict[str, set[str]] = {}
    for name in content.column_names:
        if listed := metadata.fields[name].codes:
            found.setdefault(listed, set()).update(known.keys() & set(content[name].unique().to_pylist()))
    own = {listed: codes - metadata.codes[listed].by_code.keys() for listed, codes in found.items()}
    return {listed: tuple(code for code in known if code in codes) for listed, codes in own.items() if codes}


def _write_codes(
    columns: tuple[str, ...], metadata: Metadata, reserved: Mapping[str, tuple[str, ...]], folder: Path
) -> dict[str, Path]:
    """One CSV per code list that a published column uses: code, zh, en, parent; reserved codes last."""
    words = metadata.rules["disclosure"]["reserved"]
    used = {f.codes for name in columns if (f := metadata.fields.get(name)) and f.codes}
    written = {}
    for name in sorted(used & {n for n, codes in metadata.codes.items() if codes.entries}):
        folder.mkdir(exist_ok=True)
        listed = metadata.codes[name].columns()
        more = [{"code": code, **words[code]} for code in reserved.get(name, ())]
        table = pa.table(
            {
                key: pa.array([*listed[key], *(row.get(key) for row in more)], pa.string())
                for key in ("code", "zh", "en", "parent")
            }
        )
        written[name] = folder / f"{name}.csv"
        _write_csv(written[name], table)
    return written
