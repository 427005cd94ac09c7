"""Protected tables of a release: those frozen as they are, those of a new year made; nothing else leaves this plane.

Calls `etl.privacy.tables` with what `rules/disclosure.yaml` declares. What is made is charged in memory: the ledger
is written, and the tables are frozen, when the release that holds them is promoted (docs/decisions/0010).
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from etl.errors import BadInput
from etl.metadata import Metadata
from etl.metadata.disclosure import ceiling
from etl.privacy import frozen
from etl.privacy.frozen import Protection
from etl.privacy.ledger import Entry, Ledger
from etl.privacy.tables.errors import Quality, with_errors
from etl.privacy.tables.families import Dominance, Family, check_families
from etl.privacy.tables.protect import protect as protect_units
from etl.privacy.tables.summaries import Summaries, summarise

_UNITS = "units"


@dataclass(frozen=True)
class Job:
    """What to protect: the folder of the sensitive table, up to which finished year, for which release.

    `key` gives the key of a year. `frozen` and `releases` are the folders of what was released before.
    """

    sensitive: Path
    frozen: Path
    releases: Path
    year: int
    release: str
    key: Callable[[int], bytes]


def families(metadata: Metadata) -> dict[str, Family]:
    """Published table -> family, of the families that `rules/disclosure.yaml` declares and the register can fill.

    Raises BadInput or Refused for families that do not stand side by side.
    """
    declared = metadata.rules["disclosure"]["families"]
    found = {rule["table"]: _family(name, rule, metadata) for name, rule in declared.items()}
    usable = {
        table: family
        for table, family in found.items()
        if metadata.available.issuperset((*family.public, *family.sensitive))
    }
    check_families(list(usable.values()))
    return usable


def protect(job: Job, target: Path, metadata: Metadata) -> Protection:
    """Writes every published table of protected counts into folder `target`, which holds nothing else then.

    Raises:
        BadInput: the sensitive table was not built, or its columns and codes are not those declared.
        Refused: a frozen table is missing or touched, a key is missing, or the ceiling would be passed.
    """
    held = frozen.checked(job.frozen, job.releases)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    wanted = families(metadata)
    made = _make(job, list(wanted.values()), held, target / "made", metadata)
    grown = held.with_tables(made, ceiling(metadata.rules["disclosure"]))
    released = [entry for entry in grown.entries if entry.year <= job.year]
    tables = {entry: made.get(entry) or frozen.path_of(job.frozen, entry) for entry in released}
    for table, family in wanted.items():
        years = [path for entry, path in tables.items() if entry.family == family.name]
        if years:
            _write(target / f"{table}.parquet", pa.concat_tables(map(pq.read_table, years)))
            _write_measures(target, family, years, metadata.rules["disclosure"])
    return Protection(tables, made, grown)


def _make(
    job: Job, wanted: Sequence[Family], held: Ledger, folder: Path, metadata: Metadata
) -> dict[Entry, Path]:
    """The tables that no release holds yet, each with its entry in the ledger."""
    rules = metadata.rules["disclosure"]
    with duckdb.connect() as connection:
        due = list(_due(connection, job, wanted, held, rules))
        # A table over the ceiling is refused before its noise is drawn.
        held.with_tables((_entry(job, family, year, None) for year, family in due), ceiling(rules))
        made = {}
        for year, of_year in groupby(due, key=lambda item: item[0]):
            _read_units(connection, job, year, rules)
            (folder / str(year)).mkdir(parents=True)
            for _, family in of_year:
                path = folder / str(year) / f"{family.name}.parquet"
                _protect_one(connection, job, family, year, path, rules=rules)
                made[_entry(job, family, year, path)] = path
            _write_units(connection, frozen.units_of(path, job.release), rules)
    return made


def _due(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    wanted: Sequence[Family],
    held: Ledger,
    rules: Mapping[str, Any],
) -> Iterator[tuple[int, Family]]:
    """Year and family of every table to make, by year: those with anybody in force that are not frozen."""
    source = job.sensitive / f"{rules['units']}.parquet"
    if wanted and not source.exists():
        raise BadInput(
            f"敏感表没有生成 | the sensitive table was not built: {rules['units']}",
            str(source),
            rule="rules/disclosure.yaml",
            remedy="先运行完整的构建 | run the whole build first",
        )
    if not wanted:
        return
    years = connection.execute("SELECT DISTINCT year FROM read_parquet($1) ORDER BY year", [str(source)])
    for (year,) in years.fetchall():
        for family in wanted:
            first = rules["families"][family.name]["first_year"]
            if first <= year <= job.year and held.find(year, family.name) is None:
                yield year, family


def _read_units(connection: duckdb.DuckDBPyConnection, job: Job, year: int, rules: Mapping[str, Any]) -> None:
    """Table `units`: the units of a year, absent codes named, and what else is known of each."""
    codes = (f"coalesce({name}, '{code}') AS {name}" for name, code in rules["absent"].items())
    columns = ", ".join([*codes, *rules["known"]])
    source = job.sensitive / f"{rules['units']}.parquet"
    connection.execute(
        f"CREATE OR REPLACE TABLE {_UNITS} AS SELECT {rules['unit']}, {columns} FROM read_parquet($1)"
        " WHERE year = $2",
        [str(source), year],
    )


def _write_units(connection: duckdb.DuckDBPyConnection, path: Path, rules: Mapping[str, Any]) -> None:
    """Writes the units of a year, as `etl.privacy.attacks` reads them; they stay in the restricted zone."""
    unit = rules["unit"]
    _write(path, connection.sql(f"SELECT {unit} AS unit, * EXCLUDE ({unit}) FROM {_UNITS}").to_arrow_table())


def _protect_one(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    family: Family,
    year: int,
    path: Path,
    *,
    rules: Mapping[str, Any],
) -> None:
    """Writes a protected table as it is published; beside it all its figures, and its noise, which do not leave."""
    done = protect_units(connection, _UNITS, rules["unit"], family, year, job.key(year))
    _write(path, _rounded(with_errors(done.table, family, Quality.of(rules["quality"]))))
    _write(frozen.whole_of(path), done.table)
    _write(frozen.noise_log_of(path), done.noise_log)


def _write_measures(target: Path, family: Family, years: Sequence[Path], rules: Mapping[str, Any]) -> None:
    """Writes the measures that are declared of a family: a function of its frozen tables alone."""
    declared = rules["families"][family.name].get("measures")
    if declared is None:
        return
    wanted, quality = Summaries.of(declared), Quality.of(rules["quality"])
    made = [summarise(_whole(path), family, wanted, quality) for path in years]
    _write(target / f"{declared['table']}.parquet", pa.concat_tables(made))


def _whole(path: Path) -> pa.Table:
    """A table with the figures that are not shown. Raises Refused when it is not the one that was frozen."""
    whole, shown = pq.read_table(frozen.whole_of(path)), pq.read_table(path)
    told = pc.equal(whole["persons"], shown["persons"]) if whole.num_rows == shown.num_rows else None
    if told is None or not pc.all(told, min_count=0).as_py():
        raise frozen.touched(frozen.whole_of(path))
    return whole


def _rounded(table: pa.Table) -> pa.Table:
    """The table with its standard errors to the digits that mean anything."""
    place = table.column_names.index("persons_sd")
    return table.set_column(place, "persons_sd", pc.round(table["persons_sd"], 3))


def _entry(job: Job, family: Family, year: int, path: Path | None) -> Entry:
    rows, digest = (pq.read_metadata(path).num_rows, frozen.digest(path)) if path else (0, "")
    return Entry(year, family.name, family.rho, job.release, rows, digest)


def _write(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd")


def _family(name: str, rule: Mapping[str, Any], metadata: Metadata) -> Family:
    lists = {column: metadata.codes[metadata.fields[column].codes or ""] for column in rule["sensitive"]}
    codes = {column: [entry.code for entry in listed.entries] for column, listed in lists.items()}
    rules = metadata.rules["disclosure"]
    silent = {column: rules["absent"][column] for column in rules["silent"]}
    return Family.of(name, rule, codes, Dominance(**rules["dominance"]), silent)
