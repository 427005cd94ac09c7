"""Protected tables of a release: those frozen as they are, those of a new year made; nothing else leaves this plane.

Calls `etl.privacy.tables` with what `rules/disclosure.yaml` declares. What is made is charged in memory: the ledger
is written, and the tables are frozen, when the release that holds them is promoted (docs/decisions/0010).
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from etl.privacy.declared import (
    Declared,
    check_unchanged,
    declaration,
    family_of,
    read_declared,
    write_declared,
)
from etl.privacy.frozen import Protection
from etl.privacy.ledger import Entry, Ledger
from etl.privacy.tables.errors import Quality, with_errors
from etl.privacy.tables.families import check_families
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


def declarations(metadata: Metadata) -> list[Declared]:
    """The families that `rules/disclosure.yaml` declares and the register can fill.

    Raises BadInput or Refused for families that do not stand side by side.
    """
    rules = metadata.rules["disclosure"]
    usable = []
    for name, rule in rules["families"].items():
        if metadata.available.issuperset((*rule["levels"][-1]["by"], *rule["sensitive"])):
            lists = {
                column: metadata.codes[metadata.fields[column].codes or ""] for column in rule["sensitive"]
            }
            codes = {column: [entry.code for entry in listed.entries] for column, listed in lists.items()}
            usable.append(declaration(name, rules, codes))
    check_families([family_of(item) for item in usable])
    return usable


def protect(job: Job, target: Path, metadata: Metadata) -> Protection:
    """Writes every published table of protected counts into folder `target`, which holds nothing else then.

    Raises:
        BadInput: the sensitive table was not built, or its columns and codes are not those declared.
        Refused: a frozen file is missing or touched, a family is not declared as it was, a key is missing, or the
            ceiling would be passed.
    """
    held = frozen.checked(job.frozen, job.releases)
    wanted = declarations(metadata)
    check_unchanged(wanted, _declared(job, held))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    made = _make(job, wanted, held, target / "made", metadata.rules["disclosure"])
    grown = held.with_tables(made, ceiling(metadata.rules["disclosure"]))
    released = [entry for entry in grown.entries if entry.year <= job.year]
    tables = {entry: made.get(entry) or frozen.path_of(job.frozen, entry) for entry in released}
    for table, years in _published(tables.values()).items():
        _write(target / f"{table}.parquet", pa.concat_tables(map(pq.read_table, years)))
    return Protection(tables, made, grown)


def _declared(job: Job, held: Ledger) -> dict[int, list[Declared]]:
    """By year, what the frozen tables were made of."""
    found: dict[int, list[Declared]] = {}
    for entry in held.entries:
        path = frozen.path_of(job.frozen, entry)
        found.setdefault(entry.year, []).append(read_declared(frozen.declared_of(path)))
    return found


def _published(tables: Iterable[Path]) -> dict[str, list[Path]]:
    """Published table -> the files of its years: protected tables and their measures, by their own declarations."""
    found: dict[str, list[Path]] = {}
    for path in tables:
        declared = read_declared(frozen.declared_of(path))
        found.setdefault(declared["table"], []).append(path)
        if "measures" in declared:
            found.setdefault(declared["measures"]["table"], []).append(frozen.measures_of(path))
    return found


def _make(
    job: Job, wanted: Sequence[Declared], held: Ledger, folder: Path, rules: Mapping[str, Any]
) -> dict[Entry, Path]:
    """The tables that no release holds yet, each with its entry in the ledger."""
    with duckdb.connect() as connection:
        due = list(_due(connection, job, wanted, held, rules))
        # A table over the ceiling is refused before its noise is drawn.
        held.with_tables((_entry(job, declared, year) for year, declared in due), ceiling(rules))
        made = {}
        frozen_years = _declared(job, held)
        for year, of_year in groupby(due, key=lambda item: item[0]):
            declared = [item for _, item in of_year]
            check_families([family_of(item) for item in (*frozen_years.get(year, ()), *declared)])
            _read_units(connection, job, year, rules)
            home = folder / str(year)
            home.mkdir(parents=True)
            units = _write_units(connection, home, rules)
            for item in declared:
                path = home / f"{item['family']}.parquet"
                _protect_one(connection, job, item, year, path, unit=rules["unit"])
                made[_entry(job, item, year, (path, units))] = path
    return made


def _due(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    wanted: Sequence[Declared],
    held: Ledger,
    rules: Mapping[str, Any],
) -> Iterator[tuple[int, Declared]]:
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
        for declared in wanted:
            name = declared["family"]
            if rules["families"][name]["first_year"] <= year <= job.year and held.find(year, name) is None:
                yield year, declared


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


def _write_units(connection: duckdb.DuckDBPyConnection, home: Path, rules: Mapping[str, Any]) -> Path:
    """Writes the units of a year, as `etl.privacy.attacks` reads them; they stay in the restricted zone."""
    unit, path = rules["unit"], home / "units"
    found = connection.sql(f"SELECT {unit} AS unit, * EXCLUDE ({unit}) FROM {_UNITS} ORDER BY unit")
    _write(path, found.to_arrow_table())
    return frozen.named_by_content(path)


def _protect_one(
    connection: duckdb.DuckDBPyConnection, job: Job, declared: Declared, year: int, path: Path, *, unit: str
) -> None:
    """Writes a protected table as it is published, its measures, and what it was made of; beside it all its figures,
    and its noise, which do not leave.
    """
    family, quality = family_of(declared), Quality.of(declared["quality"])
    done = protect_units(connection, _UNITS, unit, family, year, job.key(year))
    _write(path, _rounded(with_errors(done.table, family, quality)))
    _write(frozen.whole_of(path), done.table)
    _write(frozen.noise_log_of(path), done.noise_log)
    if "measures" in declared:
        measures = summarise(done.table, family, Summaries.of(declared["measures"]), quality)
        _write(frozen.measures_of(path), measures)
    write_declared(frozen.declared_of(path), declared)


def _rounded(table: pa.Table) -> pa.Table:
    """The table with its standard errors to the digits that mean anything."""
    place = table.column_names.index("persons_sd")
    return table.set_column(place, "persons_sd", pc.round(table["persons_sd"], 3))


def _entry(job: Job, declared: Declared, year: int, made: tuple[Path, Path] | None = None) -> Entry:
    """The entry of a table in the ledger; `made`: the table and its units, None when it is yet to be made."""
    rho, name = family_of(declared).rho, declared["family"]
    if made is None:
        return Entry(year, name, rho, job.release, 0, "")
    table, units = made
    rows, digest = pq.read_metadata(table).num_rows, frozen.digest(table)
    return Entry(year, name, rho, job.release, rows, digest, frozen.kept(table, units))


def _write(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, compression="zstd")
