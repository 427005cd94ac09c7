"""Parquet."""

from collections.abc import Iterator

import duckdb

from etl.clean.base import literal
from etl.errors import BadInput
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.damage import with_damage


def read_parquet(source: Input) -> Iterator[Sheet]:
    """The one sheet of a Parquet file, every value as text. Raises BadInput when the file is damaged."""
    connection = source.connection
    scan = f"read_parquet({literal(str(source.path))}, file_row_number=true)"
    try:
        names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()]
        headers = tuple(name for name in names if name != "file_row_number")
        cells = ", ".join(
            f"NULLIF(CAST(\"{header.replace(chr(34), chr(34) * 2)}\" AS VARCHAR), '') AS c{place}"
            for place, header in enumerate(headers)
        )
        connection.execute(
            f"CREATE TABLE {source.table} AS SELECT {cells}, file_row_number + 1 AS source_row FROM {scan}"
        )
    except duckdb.Error:
        remedy = "重新导出并提交 | export and send it again"
        raise BadInput("Parquet 文件损坏 | damaged Parquet file", source.name, "Parquet", remedy) from None
    yield with_damage(source.connection, Sheet("", headers, source.table), source.damage)


FORMAT = Format("parquet", (".parquet",), read_parquet)
