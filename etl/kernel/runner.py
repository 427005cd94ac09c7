"""Building models: each to one Parquet file, in order, only when something it follows from has changed.

A file appears whole or not at all (temporary name, then rename). In a published zone its bytes follow from its
rows alone: rows are in the order that the SQL states, or else in the order of the grain, or of all columns; the
engine keeps that order whatever its number of threads. Other zones are read by models only: there the same rows
may stand in another order in another build, which costs no sort, and no model may depend on that order.
"""

import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from etl.errors import BadInput, UserError
from etl.kernel import checks
from etl.kernel.fingerprint import State, digest, engine, fingerprint, normalised
from etl.kernel.graph import order
from etl.kernel.model import PUBLISHED, Model

# Above this the engine spills to disk: the national build has 8 GiB.
_MEMORY = "6GiB"

# Errors whose text names tables and columns only; the text of any other may quote a value.
_VALUELESS_ERRORS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@dataclass(frozen=True)
class ModelRun:
    """What became of one model. `state`: `built` or `kept`; `path`: its file; `seconds`: spent on it.

    `why` it was built: the tables that changed, or `sql`, `new`, `file` (lost or touched), `engine` (engine,
    functions or secrets).
    """

    name: str
    state: str
    rows: int
    seconds: float
    path: Path
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuildReport:
    """What a build did: every selected model in order, and how many checks ran."""

    models: tuple[ModelRun, ...]
    checks: int


def build(
    models: Mapping[str, Model],
    inputs: Mapping[str, Path | Sequence[Path]],
    out: Mapping[str, Path],
    functions: Sequence[str] = (),
    secrets: Mapping[str, str] | None = None,
    *,
    select: Collection[str] | None = None,
    report: Callable[[str], None] = print,
    printable: frozenset[str] = frozenset(),
    threads: int | None = None,
) -> BuildReport:
    """Bring `out[zone]/<model>.parquet` up to date, one status line per model through `report`.

    `inputs`: Parquet files of the tables that are not models. `functions`: macros for every model. `secrets`:
    engine variables; only a hash of them is ever stored. `select`: names to build (default: all); a model
    that they read and that is not among them must have been built before. `printable`: columns whose values a
    failing check may show. Raises UserError (model or disk), Refused (check), BadInput (missing input).
    """
    chosen = frozenset(models) if select is None else frozenset(select)
    for folder in out.values():
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(".*.tmp"):
            leftover.unlink()
    files = {name: [path] if isinstance(path, Path) else list(path) for name, path in inputs.items()}
    files |= {name: [out[model.zone] / f"{name}.parquet"] for name, model in models.items()}
    state = State.load(next(iter(out.values())).parent / "kernel.json")
    run = _Run(models, chosen, files, state, tuple(functions), dict(secrets or {}), threads, printable)
    done: list[ModelRun] = []
    for model in order(models, inputs):
        if model.name in chosen:
            with _clear_errors(model):
                done.append(run.bring_up_to_date(model))
                report(_line(done[-1]))
                run.due_checks()
    with _clear_errors(None):
        state.save()
    return BuildReport(tuple(done), run.checked)


@dataclass
class _Run:
    """One build: the engine opened at first need, tables registered at first use, files hashed once."""

    models: Mapping[str, Model]
    chosen: frozenset[str]
    files: Mapping[str, list[Path]]
    state: State
    functions: tuple[str, ...]
    secrets: dict[str, str]
    threads: int | None
    printable: frozenset[str]
    checked: int = 0
    ready: set[str] = field(default_factory=set)
    tried: set[tuple[str, str]] = field(default_factory=set)
    registered: set[str] = field(default_factory=set)

    def bring_up_to_date(self, model: Model) -> ModelRun:
        """Build a model, or keep its file when it and all it follows from are those of the last build."""
        started = time.perf_counter()
        (path,) = self.files[model.name]
        read = {name: self._content(name) for name in sorted(model.dependencies)}
        mark = fingerprint(model, read, self.shared)
        known = self.state.models.get(model.name)
        kept = known is not None and known["fingerprint"] == mark and path.exists()
        why: tuple[str, ...] = ()
        if known is None or not kept or self._content(model.name) != known["content"]:
            sql = digest([normalised(model.sql), model.grain])
            why = _why(known, mark, read, sql)
            rows = self._write(model, path)
            content = self._content(model.name)
            known = {"fingerprint": mark, "content": content, "rows": rows, "read": read, "sql": sql}
            self.state.models[model.name] = known
            self.state.save()
        self.ready.add(model.name)
        state, seconds = "built" if why else "kept", time.perf_counter() - started
        return ModelRun(model.name, state, known["rows"], seconds, path, why)

    def due_checks(self) -> None:
        """Run each check whose tables are now all up to date, unless it passed on the same content before."""
        for owner in sorted(self.ready):
            for check in self.models[owner].checks:
                if (owner, check.name) not in self.tried and all(map(self._available, check.tables)):
                    self.tried.add((owner, check.name))
                    self._check(owner, check)

    def _check(self, owner: str, check: checks.Check) -> None:
        name = f"{owner}/{check.name}"
        mark = digest(
            [self.shared, check.sql, {table: self._content(table) for table in sorted(check.tables)}]
        )
        if self.state.passed.get(name) != mark:
            self._register(check.tables)
            checks.run(self.engine, owner, check, self.printable)
            self.checked += 1
            self.state.passed[name] = mark

    def _available(self, table: str) -> bool:
        if table in self.chosen:
            return table in self.ready
        return all(path.exists() for path in self.files[table])

    @cached_property
    def shared(self) -> str:
        return engine(self.functions, self.secrets)

    @cached_property
    def engine(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        spill = self.state.path.parent / ".spill"
        shutil.rmtree(spill, ignore_errors=True)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute(f"SET temp_directory = {_text(spill)}")
        if self.threads is not None:
            connection.execute(f"SET threads = {self.threads}")
        for name, value in self.secrets.items():
            connection.execute(f'SET VARIABLE "{name}" = ?', [value])
        for sql in self.functions:
            connection.execute(sql)
        return connection

    def _register(self, tables: Iterable[str]) -> None:
        for table in set(tables) - self.registered:
            paths = ", ".join(map(_text, self.files[table]))
            self.engine.execute(f'CREATE VIEW "{table}" AS SELECT * FROM read_parquet([{paths}])')
            self.registered.add(table)

    def _content(self, table: str) -> str:
        missing = [path for path in self.files[table] if not path.exists()]
        if missing or not self.files[table]:
            raise BadInput(
                f"表 {table} 没有文件 | table {table} has no file",
                ", ".join(map(str, missing)),
                remedy="先生成它，或放宽 --select | build it first, or widen --select",
            )
        return self.state.content(self.files[table])

    def _write(self, model: Model, path: Path) -> int:
        self._register(model.dependencies)
        temporary = path.with_name(f".{path.name}.tmp")
        query = model.sql.strip().rstrip(";")
        compression = "snappy"
        if model.zone in PUBLISHED:
            compression = "zstd"
            if not model.ordered:
                query = f"SELECT * FROM (\n{query}\n) ORDER BY {', '.join(model.grain) or 'ALL'}"
        try:
            (rows,) = self.engine.execute(
                f"COPY (\n{query}\n) TO {_text(temporary)} (FORMAT parquet, COMPRESSION {compression})"
            ).fetchall()[0]
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        return int(rows)


def _why(known: Mapping[str, Any] | None, mark: str, read: Mapping[str, str], sql: str) -> tuple[str, ...]:
    """Why a model must be built, given what the state knows of the last time."""
    if known is None:
        return ("new",)
    if known["fingerprint"] == mark:
        return ("file",)
    if known.get("sql") != sql:
        return ("sql",)
    changed = tuple(name for name, content in read.items() if known["read"].get(name) != content)
    return changed or ("engine",)


@contextmanager
def _clear_errors(model: Model | None) -> Iterator[None]:
    """Errors of the engine and the disk as errors that a person reads, without a value of any row."""
    where = str(model.path) if model else ""
    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise UserError(
            f"磁盘或内存不足，或不可读写 | disk or memory is full, or cannot be used: {type(error).__name__}",
            where,
            remedy="腾出空间后再运行，已完成的模型保留 | free space and run again; finished models are kept",
        ) from error
    except duckdb.Error as error:
        detail = f": {error}" if isinstance(error, _VALUELESS_ERRORS) else ""
        raise UserError(
            f"SQL 运行失败 | the SQL failed: {type(error).__name__}{detail}",
            where,
            remedy="改正 SQL，或查看它的输入 | correct the SQL, or look at its input",
        ) from error


def _line(run: ModelRun) -> str:
    return f"{run.state:<6}{run.rows:>12,} {run.seconds:>8.2f} s  {run.name}"


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
