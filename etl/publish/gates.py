"""Gates: what must be true of a candidate before anybody can see it. Each reports figures, not promises."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from pysqlite3 import dbapi2 as sqlite3

from etl.errors import Refused
from etl.metadata import Metadata
from etl.publish.datasets import Dataset
from etl.publish.release import SUMS, check_sums, read_json, read_sums, sha256, write_json
from etl.publish.tables import literal
from etl.publish.workforce import table_hashes

LOOKUP = "served/lookup.sqlite"
WORKFORCE = "served/workforce.duckdb"


@dataclass(frozen=True)
class Gate:
    """The verdict of one gate: figures for the record, and problems in words (none: passed)."""

    name: str
    figures: Mapping[str, Any]
    problems: Sequence[str] = ()


def judge(release: Path, gates: Sequence[Gate]) -> None:
    """Writes `gate.json`.

    Raises:
        Refused: a gate found a problem; the candidate is kept for inspection.
    """
    problems = [f"{gate.name}: {problem}" for gate in gates for problem in gate.problems]
    write_json(
        release / "gate.json",
        {"passed": not problems, "gates": [asdict(gate) | {"passed": not gate.problems} for gate in gates]},
    )
    if problems:
        raise Refused(
            "\n  ".join(["发布前检查未通过 | the release did not pass its gates:", *problems]),
            where=str(release),
            rule="gate",
            remedy="查看该文件夹中的 gate.json；正在服务的发布未受影响 | "
            "see gate.json in that folder; the release being served is untouched",
        )


def hashes(folder: Path) -> Gate:
    """Every file is listed in `SHA256SUMS` with its hash, and every listed file is there."""
    return Gate(f"hashes of {folder.name}", {"files": len(read_sums(folder / SUMS))}, check_sums(folder))


def contracts(
    release: Path, datasets: Sequence[Dataset], protected: frozenset[str], metadata: Metadata
) -> Gate:
    """Every open table has columns that its contract opts in, all public unless protection made the table."""
    by_slug = {dataset.slug: dataset for dataset in datasets}
    folders = sorted(path.parent for path in release.glob("open/datasets/*/datapackage.json"))
    problems = []
    for folder in folders:
        dataset = by_slug[folder.name]
        allowed = {"public", "restricted"} if dataset.table in protected else {"public"}
        for path in (folder / f"{folder.name}.csv", folder / f"{folder.name}.parquet"):
            problems += [
                f"{path.name}: {reason}: {name}"
                for name in open_columns(path)
                for reason in _column_problems(name, dataset, allowed, metadata)
            ]
        problems += _shape_problems(folder, dataset)
    return Gate("contracts", {"datasets": len(folders)}, problems)


def open_columns(path: Path) -> list[str]:
    """Column names of an open CSV or Parquet file."""
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file))


def _column_problems(name: str, dataset: Dataset, allowed: set[str], metadata: Metadata) -> list[str]:
    if name not in dataset.columns:
        return ["合同未列出的列 column not in the contract"]
    return [] if metadata.fields[name].sensitivity in allowed else ["不可公开的列 column that is not public"]


def _shape_problems(folder: Path, dataset: Dataset) -> list[str]:
    described = [
        f["name"] for f in read_json(folder / "datapackage.json")["resources"][0]["schema"]["fields"]
    ]
    expected = [name for name in dataset.columns if name in described]
    files = [open_columns(folder / f"{folder.name}.{suffix}") for suffix in ("csv", "parquet")]
    return (
        []
        if files == [expected, expected]
        else [f"{folder.name}: 列与说明不符 columns differ from datapackage"]
    )


def lookup_answers(release: Path, expected: Mapping[str, int]) -> Gate:
    """The lookup is a sound SQLite file, has the expected rows, and finds a certificate by index."""
    problems = []
    with sqlite3.connect(f"file:{release / LOOKUP}?immutable=1", uri=True) as connection:
        sound = connection.execute("PRAGMA quick_check").fetchone()[0]
        counts = {name: _count(connection, name) for name in _sqlite_tables(connection)}
        if sound != "ok":
            problems.append(f"quick_check: {sound}")
        if counts != expected:
            problems.append(f"行数不符 rows differ: {counts}, 应为 expected {dict(expected)}")
        problems += _find_one(connection)
    return Gate("lookup", {"rows": counts}, problems)


def _sqlite_tables(connection: sqlite3.Connection) -> list[str]:
    words = {"code", "release", "text"}
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return sorted(n for n in names if n not in words and not n.startswith("sqlite_") and "_fts" not in n)


def _count(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])


def _find_one(connection: sqlite3.Connection) -> list[str]:
    """Looks the last certificate up by its public identifier."""
    query = "SELECT public_id FROM certificate WHERE public_id = ?"
    known = connection.execute("SELECT public_id FROM certificate ORDER BY rowid DESC LIMIT 1").fetchone()
    if known is None:
        return ["查询库为空 | the lookup is empty"]
    found = connection.execute(query, known).fetchall()
    plan = " ".join(str(row[-1]) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", known))
    return (
        [] if found == [known] and "USING" in plan else ["按公开编号查不到 | no answer by public identifier"]
    )


def _parquet_rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows) if path.is_file() else 0


def workforce_answers(release: Path) -> Gate:
    """The dashboard's database opens, and its tables and bytes are those that the release records."""
    path = release / WORKFORCE
    problems = []
    if read_sums(path.with_name(f"{path.name}.sha256"))[path.name] != sha256(path):
        problems.append(f"内容已改变 changed file: {WORKFORCE}")
    else:
        with duckdb.connect(path, read_only=True) as connection:
            found = table_hashes(connection)
        recorded = read_json(path.with_suffix(".tables.json"))
        problems += [
            f"表与记录不符 table differs from its record: {name}"
            for name in sorted(set(found) | set(recorded))
            if found.get(name) != recorded.get(name)
        ]
    return Gate("workforce", {"tables": len(read_json(path.with_suffix(".tables.json")))}, problems)


def counts_agree(core: Path, stock: Path, served: Path, left_out: Path, metadata: Metadata) -> Gate:
    """The newest stock is the core's registrations in force; the lookup holds the core's certificates but those of the
    table `left_out`, whose holders were taken down.

    A registration known from events alone belongs to no certificate of a roster: it is in no product, but
    counted here.
    """
    in_force = [c.code for c in metadata.codes["status"].entries if c.extra.get("in_force") == "yes"]
    figures = _registrations_in_force(core, stock, in_force) | {
        "certificates_served": _parquet_rows(served / "served_certificate.parquet"),
        "certificates_left_out": _parquet_rows(left_out),
        "certificates_in_core": _parquet_rows(core / "core_certificate__entity.parquet"),
    }
    sums = [
        (("registrations_published",), "registrations_in_core"),
        (("certificates_served", "certificates_left_out"), "certificates_in_core"),
    ]
    differ = [
        f"{' + '.join(f'{part} {figures[part]}' for part in parts)} ≠ {whole} {figures[whole]}"
        for parts, whole in sums
        if sum(figures[part] for part in parts) != figures[whole]
    ]
    return Gate("counts", figures, differ)


def _registrations_in_force(core: Path, stock: Path, codes: Sequence[str]) -> dict[str, Any]:
    """Registrations with a status of `codes`: of the newest stock, and of the core on its day."""
    with duckdb.connect() as connection:
        day, published = connection.execute(
            "SELECT max(quarter_end), max_by(registrations, quarter_end) FROM ("
            "SELECT quarter_end, sum(registrations) FILTER (status_code IN (SELECT unnest($codes))) "
            f"AS registrations FROM read_parquet({literal(stock)}) GROUP BY quarter_end)",
            {"codes": codes},
        ).fetchone() or (None, 0)
        counted, alone = connection.execute(
            "SELECT count(c.certificate_id), count(*) - count(c.certificate_id) FROM "
            f"read_parquet({literal(core / 'core_registration__history.parquet')}) AS r LEFT JOIN "
            f"read_parquet({literal(core / 'core_certificate__entity.parquet')}) AS c USING (certificate_id) "
            "WHERE coalesce(r.valid_from <= $day, true) AND r.status_code IN (SELECT unnest($codes))",
            {"day": day, "codes": codes},
        ).fetchone() or (0, 0)
    return {
        "as_of": str(day),
        "registrations_published": int(published or 0),
        "registrations_in_core": counted,
        "registrations_without_certificate": alone,
    }


def balance_closes(rows: Sequence[Mapping[str, Any]]) -> Gate:
    """Received = accepted + quarantined + duplicate + out of scope, for every row told."""
    parts = ("accepted", "quarantined", "duplicate", "out_of_scope")
    problems = [
        f"{row['source_code']}: 收支不平 does not balance"
        for row in rows
        if row["received"] != sum(row[part] for part in parts)
    ]
    return Gate("balance", {"rows": len(rows), "received": sum(row["received"] for row in rows)}, problems)
