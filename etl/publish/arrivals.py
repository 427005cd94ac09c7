"""Whether every accepted row is in the core model: of each record type, what became of its rows.

`sql/arrivals/<record>.sql` returns arrival and rows. `reached`: the core holds what the row says, from
it or from a copy that takes precedence; `lost`: it does not, and nobody knows why; else a reason that the file tells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from etl.errors import Refused
from etl.publish.tables import literal
from etl.settings import SQL

REACHED, LOST = "reached", "lost"


@dataclass(frozen=True)
class Arrival:
    """Rows of one record type that came to the same."""

    record: str
    arrival: str
    rows: int


def arrivals(staging: Path, core: Path, records: Iterable[str], as_of: date) -> list[Arrival]:
    """What became of every row in staging, judged by the files of the core models."""
    with duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = {literal(staging.parent / '.arrivals')}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"CREATE VIEW param_build AS SELECT DATE {literal(as_of.isoformat())} AS as_of")
        for folder in staging.glob("stg_*"):
            _view(connection, folder.name, folder / "*.parquet")
        for path in core.glob("*.parquet"):
            _view(connection, path.stem, path)
        return [arrival for record in records for arrival in count(connection, record)]


def count(connection: duckdb.DuckDBPyConnection, record: str) -> list[Arrival]:
    """What became of the rows of one record type; staging, core models and `param_build` are tables here."""
    sql = (SQL / "arrivals" / f"{record}.sql").read_text(encoding="utf-8")
    found = connection.execute(
        f'SELECT arrival, "rows" FROM ({sql}) WHERE "rows" <> 0 ORDER BY ALL'
    ).fetchall()
    return [Arrival(record, *row) for row in found]


def check_arrivals(found: Sequence[Arrival]) -> dict[str, int]:
    """Rows by record type and the reason why the core does not hold them.

    Raises:
        Refused: rows were lost.
    """
    lost = [item for item in found if item.arrival == LOST]
    if lost:
        lines = (f"{item.record}: {item.rows:,}" for item in lost)
        raise Refused(
            "\n  ".join(["接收的行没有进入核心模型 | accepted rows did not reach the core model:", *lines]),
            where=str(SQL / "arrivals"),
            rule="接收的行都进入核心模型 | every accepted row reaches the core model",
            remedy="没有日期的名册请给出 --as-of；否则这是程序错误，请报告 | of a roster without a date give --as-of;"
            " else this is a fault of the program, please report it",
        )
    return {f"{item.record} {item.arrival}": item.rows for item in found if item.arrival != REACHED}


def _view(connection: duckdb.DuckDBPyConnection, name: str, files: Path) -> None:
    connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({literal(files)})")
