"""PostgreSQL, through ADBC: a small YAML file in the source directory names what to read, never a password.

    service: province            a section of the operator's pg_service.conf, or instead of it:
    host_variable: PROVINCE_HOST  the environment variable that holds the host
    database: register
    user: reader
    table: public.roster         or query: SELECT … ORDER BY …

The host is never written in the file: whoever may put files into the source directory must not choose where
passwords are sent. They come from the environment (PGPASSWORD, PGPASSFILE) as for any client of PostgreSQL.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from etl.errors import BadInput
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.damage import with_damage

_PLACES = frozenset({"service", "host_variable"})
_CONTENTS = frozenset({"table", "query"})
_KEYS = _PLACES | _CONTENTS | {"database", "user", "port"}
_OPTIONS = "-c default_transaction_read_only=on -c DateStyle=ISO -c TimeZone=UTC"
_TIMEOUT = 20


def read_postgresql(source: Input) -> Iterator[Sheet]:
    """The one sheet of a table or query, every value as PostgreSQL's own text; source_row counts its rows.

    Raises BadInput when the file says too little or too much, or the server cannot be asked.
    """
    wanted = _wanted(source.path, source.name)
    with _asked(wanted, source.name) as cursor:
        names = _columns(cursor, wanted)
        cells = ", ".join(f"CAST({_quoted(name)} AS text) AS c{place}" for place, name in enumerate(names))
        cursor.execute(f"SELECT {cells} FROM {_relation(wanted)} AS wanted")
        batches = cursor.fetch_record_batch()
        columns = ", ".join(f"NULLIF(c{place}, '') AS c{place}" for place in range(len(names)))
        source.connection.register("batches", batches)
        source.connection.execute(f"CREATE TABLE {source.table}_cells AS SELECT {columns} FROM batches")
        source.connection.unregister("batches")
    source.connection.execute(
        f"CREATE VIEW {source.table} AS SELECT *, rowid + 1 AS source_row FROM {source.table}_cells"
    )
    yield with_damage(source.connection, Sheet("", names, source.table), source.damage)


FORMAT = Format("postgresql", (), read_postgresql)


def content_digest(path: Path, name: str) -> str:
    """A hash of the file and of all rows that it names, whatever their order; asked of the server anew each time.

    The bytes of the file stay the same while the table changes: they cannot tell whether to read it again.
    """
    wanted = _wanted(path, name)
    with _asked(wanted, name) as cursor:
        cursor.execute(
            "SELECT CAST(count(*) AS text), CAST(sum(CAST(hashtextextended(CAST(r AS text), 0) AS numeric)) AS text)"
            f" FROM {_relation(wanted)} AS r"
        )
        found = cursor.fetchone()
    return hashlib.sha256(path.read_bytes() + repr(found).encode()).hexdigest()


def _wanted(path: Path, name: str) -> Mapping[str, Any]:
    remedy = "写法见 docs/ingest.md | docs/ingest.md says how to write it"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    if not isinstance(content, dict):
        raise BadInput("不是 YAML 对照表 | not a YAML mapping", name, "PostgreSQL", remedy)
    unknown = ", ".join(sorted(map(str, content.keys() - _KEYS)))
    if unknown:
        raise BadInput(f"不认识的项 | unknown key: {unknown}", name, "PostgreSQL", remedy)
    for group in (_PLACES, _CONTENTS):
        if len(group & content.keys()) != 1:
            raise BadInput(
                f"须有且只有一项 | exactly one of: {', '.join(sorted(group))}", name, "PostgreSQL", remedy
            )
    if not all(isinstance(value, str | int) for value in content.values()):
        raise BadInput("各项须是文字 | values must be text", name, "PostgreSQL", remedy)
    return content


def _relation(wanted: Mapping[str, Any]) -> str:
    if "table" in wanted:
        return ".".join(_quoted(part) for part in str(wanted["table"]).split("."))
    return f"({wanted['query']}\n)"


@contextmanager
def _asked(wanted: Mapping[str, Any], name: str) -> Iterator[Any]:
    """A cursor in one read-only transaction. Raises BadInput, without what the server said of any value."""
    # ADBC needs Arrow, and Arrow half a second: only those who read from a server wait for it.
    from adbc_driver_manager import Error  # noqa: PLC0415
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415

    try:
        with dbapi.connect(_address(wanted, name)) as connection, connection.cursor() as cursor:
            yield cursor
    except Error as error:
        detail = getattr(error, "sqlstate", None) or error.status_code.name
        remedy = "核对服务名、权限与查询 | check service, rights and query"
        raise BadInput(f"数据库无法读取 | cannot read ({detail})", name, "PostgreSQL", remedy) from None


def _address(wanted: Mapping[str, Any], name: str) -> str:
    """A libpq connection string."""
    parts: dict[str, Any] = {"options": _OPTIONS, "connect_timeout": _TIMEOUT}
    parts |= {"dbname": wanted.get("database"), "user": wanted.get("user"), "port": wanted.get("port")}
    if "service" in wanted:
        parts["service"] = wanted["service"]
    else:
        variable = str(wanted["host_variable"])
        if not os.environ.get(variable):
            remedy = "设置该环境变量 | set that environment variable"
            raise BadInput(f"没有设置 | not set: {variable}", name, "host_variable", remedy)
        parts["host"] = os.environ[variable]
    escaped = {
        key: str(value).replace("\\", "\\\\").replace("'", "\\'") for key, value in parts.items() if value
    }
    return " ".join(f"{key}='{value}'" for key, value in escaped.items())


def _columns(cursor: Any, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    cursor.execute(f"SELECT * FROM {_relation(wanted)} AS wanted LIMIT 0")
    return tuple(item[0] for item in cursor.description)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
