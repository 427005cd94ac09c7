"""What changed between two releases, in counts: rows of each open table, certificates that came and went."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from pysqlite3 import dbapi2 as sqlite3

from etl.publish.release import read_json
from etl.publish.tables import literal

LOOKUP = "served/lookup.sqlite"
BALANCE = "open/balance.json"


def compare(before: Path | None, after: Path) -> dict[str, Any]:
    """Counts of what differs from release `before` (None: nothing) to release `after`.

    `tables`: per dataset the rows added, removed and changed, by its grain. `certificates`: those that
    appeared, vanished and stayed, by public identifier; `records`: what `after` says of the exports behind it,
    against the release that it followed. Disappearance is data: counted, never hidden.
    """
    slugs = sorted(_datasets(after) | (_datasets(before) if before else {}))
    return {
        "before": before.name if before else None,
        "tables": {slug: _compare_table(before, after, slug) for slug in slugs},
        "certificates": _compare_certificates(before, after),
        "records": read_json(after / BALANCE)["change"],
    }


def _datasets(release: Path) -> dict[str, Path]:
    return {path.parent.name: path for path in release.glob("open/datasets/*/datapackage.json")}


def _compare_table(before: Path | None, after: Path, slug: str) -> dict[str, int]:
    old, new = (_parquet(release, slug) for release in (before, after))
    if old is None or new is None:
        return {"added": _rows(new), "removed": _rows(old), "changed": 0}
    grain = _grain(after, slug)
    same = " AND ".join(f"a.{name} IS NOT DISTINCT FROM b.{name}" for name in grain) or "true"
    reader = "read_parquet({})".format
    with duckdb.connect() as connection:
        a, b = (reader(literal(path)) for path in (old, new))
        kept, changed = connection.execute(
            f"SELECT count(*), count(*) FILTER (CAST(a AS VARCHAR) <> CAST(b AS VARCHAR)) "
            f"FROM {a} AS a JOIN {b} AS b ON {same}"
        ).fetchone() or (0, 0)
    return {"added": _rows(new) - kept, "removed": _rows(old) - kept, "changed": changed}


def _parquet(release: Path | None, slug: str) -> Path | None:
    path = release / "open" / "datasets" / slug / f"{slug}.parquet" if release else None
    return path if path is not None and path.is_file() else None


def _rows(path: Path | None) -> int:
    return int(pq.read_metadata(path).num_rows) if path else 0


def _grain(release: Path, slug: str) -> list[str]:
    schema = read_json(_datasets(release)[slug])["resources"][0]["schema"]
    keys: list[str] = schema["primaryKey"] if "primaryKey" in schema else schema["uniqueKeys"][0]
    return keys


def _compare_certificates(before: Path | None, after: Path) -> dict[str, int]:
    with sqlite3.connect(f"file:{after / LOOKUP}?immutable=1", uri=True) as connection:
        total = connection.execute("SELECT count(*) FROM certificate").fetchone()[0]
        if before is None:
            return {"appeared": total, "vanished": 0, "stayed": 0}
        connection.execute("ATTACH ? AS before", (f"file:{before / LOOKUP}?immutable=1",))
        earlier = connection.execute("SELECT count(*) FROM before.certificate").fetchone()[0]
        stayed = connection.execute(
            "SELECT count(*) FROM certificate JOIN before.certificate AS b USING (public_id)"
        ).fetchone()[0]
    return {"appeared": total - stayed, "vanished": earlier - stayed, "stayed": stayed}


def vanished_certificates(before: Path | None, after: Path) -> list[str]:
    """Public identifiers that release `before` knew and `after` does not."""
    if before is None:
        return []
    with sqlite3.connect(f"file:{after / LOOKUP}?immutable=1", uri=True) as connection:
        connection.execute("ATTACH ? AS before", (f"file:{before / LOOKUP}?immutable=1",))
        gone = connection.execute(
            "SELECT public_id FROM before.certificate EXCEPT SELECT public_id FROM certificate ORDER BY 1"
        ).fetchall()
    return [public_id for (public_id,) in gone]
