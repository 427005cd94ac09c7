"""Commands of the data steward: `quarantine`."""

# ruff: noqa: PLC0415  (each command imports what it needs, so that `jzs --help` answers at once)

import argparse
from typing import TYPE_CHECKING

from etl.commands.options import add_command, add_store

if TYPE_CHECKING:
    from etl.commands.options import Commands


def add(commands: "Commands") -> None:
    command = add_command(commands, "quarantine", quarantine, "被隔离的行 | the rows set aside")
    command.add_argument("action", choices=["list"], help="按原因和文件计数 | counts by reason and file")
    add_store(command)


def quarantine(options: argparse.Namespace) -> None:
    import duckdb

    files = options.store.quarantine / "*.parquet"
    if not list(files.parent.glob(files.name)):
        print("没有被隔离的行 | no row is set aside")
        return
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT count(*), reason, coalesce(field, '-'), source_file FROM read_parquet($files) "
            "GROUP BY reason, field, source_file ORDER BY count(*) DESC, reason, field, source_file",
            {"files": str(files)},
        ).fetchall()
    print(f"{'行 rows':>10}  {'原因 reason':<28}{'列 field':<26}文件 file")
    for count, reason, field, file in rows:
        print(f"{count:>12,}  {reason:<30}{field:<28}{file}")
