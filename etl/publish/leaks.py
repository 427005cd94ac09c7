"""The gate `leaks`: nothing that the register keeps back stands in any byte of a release.

Values of secret and restricted text columns are looked for in every file; protected ones (names, certificate and
registration numbers), which the lookup shows one by one, in what may be copied: `open/` and the dashboard's database.
A column of another type is known by its name. What `etl.privacy.leakscan` does not see is told in docs/methods.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa

from etl.keys import variables
from etl.metadata import Metadata
from etl.metadata.reading import read_yaml
from etl.privacy.leakscan import (
    Finding,
    Group,
    Needles,
    Rules,
    Search,
    columns,
    key_spellings,
    numbers_among,
    scan,
)
from etl.publish.gates import WORKFORCE, Gate
from etl.publish.tables import literal
from etl.settings import DATASETS, METADATA, Store

_ROWS = 100_000
_COPIED = ("open/", WORKFORCE)
_KEYS = Store(Path()).keys.name
_TEMPLATES = Path(__file__).with_name("templates")
_WORD = r"[^\x00-\x2F\x3A-\x40\x5B-\x60\x7B-\x7F，。、；：？！（）《》“”]+"
# Tables of words, which come from the metadata.
_WORDS = "codes_"
_PUBLIC_TEXTS = {".yaml", ".csv", ".md", ".html", ".json"}


def rules_of(metadata: Metadata | None = None) -> Rules:
    """The rules of a register; without one, those of the project."""
    own = metadata and metadata.rules.get("leakscan")
    return Rules.of(own or read_yaml(METADATA / "rules" / "leakscan.yaml", "leakscan"))


def no_leak(release: Path, staging: Path, protected: frozenset[str], metadata: Metadata) -> Gate:
    """Looks through every byte of a candidate; reports kinds, places and counts, never a value.

    `staging` is that of a store, beside its keys; `protected` names the tables whose restricted columns protection
    let through.
    """
    rules = rules_of(metadata)
    known = [spelling for key in _keys(staging.parent / _KEYS) for spelling in key_spellings(key)]
    with duckdb.connect() as connection:
        everywhere, copied = _kept_back(connection, staging, metadata, rules)
        searches = [
            Search(Needles([*everywhere, Group("key", [known], whole=False)])),
            Search(Needles(copied), _COPIED),
        ]
    found = [*scan(release, rules, searches), *_columns_that_leave(release, protected, metadata)]
    figures = {
        "files": sum(path.is_file() for path in release.rglob("*")),
        "columns": len(everywhere) + len(copied),
        "keys": len(known) // len(key_spellings(b"")),
        "spellings": sum(len(search.needles) for search in searches),
        "findings": len(found),
    }
    return Gate("leaks", figures, list(map(str, found)))


def no_pattern(release: Path) -> Gate:
    """The same from the outside, for what needs no restricted zone: identity numbers, phones, keys, closed files."""
    found = scan(release, rules_of())
    figures = {"files": sum(path.is_file() for path in release.rglob("*")), "findings": len(found)}
    return Gate("leaks", figures, list(map(str, found)))


def _keys(folder: Path) -> Iterator[bytes]:
    """Every key of a store, and what its declassifiers are given of it."""
    for path in sorted(folder.rglob("*.key")):
        key = bytes.fromhex(path.read_text("ascii"))
        yield key
        yield from (bytes.fromhex(block) for block in variables(key).values())


def _kept_back(
    connection: duckdb.DuckDBPyConnection, staging: Path, metadata: Metadata, rules: Rules
) -> tuple[list[Group], list[Group]]:
    """A group for each text column that is not public, over all records: those to look for everywhere, the others."""
    records: dict[str, list[str]] = {}
    for record in metadata.records.values():
        for name in record.fields:
            if metadata.fields[name].type == "text" and metadata.fields[name].sensitivity != "public":
                records.setdefault(name, []).append(str(staging / f"stg_{record.name}" / "*.parquet"))
    _create_public_words(connection, metadata)
    everywhere: list[Group] = []
    copied: list[Group] = []
    for name, files in records.items():
        sensitivity = metadata.fields[name].sensitivity
        whole = sensitivity == "protected"
        group = Group(f"{sensitivity}_{name}", _values(connection, name, files, rules), whole)
        (copied if whole else everywhere).append(group)
    return everywhere, copied


def _values(
    connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[str], rules: Rules
) -> Iterator[pa.Array]:
    """The different values of a column that can be told from counts, codes and published words.

    Numbers that are found wherever they stand (identity numbers) need not be looked for as values, too.
    """
    column = f'"{name}"'
    least = (
        f"CASE WHEN regexp_full_match(value, '[ -~]*') THEN {rules.least_ascii} ELSE {rules.least_other} END"
    )
    with connection.cursor() as cursor:
        reader = cursor.sql(
            f"SELECT DISTINCT {column} AS value FROM read_parquet([{', '.join(map(literal, files))}])"
            f" WHERE length(value) >= {least}"
            " AND value NOT IN (SELECT word FROM public_words)"
        ).to_arrow_reader(_ROWS)
        for batch in reader:
            (values,) = batch.columns
            yield values.filter(pa.array(~numbers_among(values, rules.numbers)))


def _create_public_words(connection: duckdb.DuckDBPyConnection, metadata: Metadata) -> None:
    """Table `public_words` (word): words of the texts that every release publishes; a name may be one (高原)."""
    roots = {METADATA, metadata.root}
    folders = {root / name for root in roots for name in ("codes", "i18n", "rules", "sources")}
    read = chain.from_iterable(folder.rglob("*") for folder in (*folders, DATASETS, _TEMPLATES))
    files = sorted({str(path) for path in read if path.suffix in _PUBLIC_TEXTS})
    files += [str(METADATA / "fields.yaml"), str(metadata.root / "register.yaml")]
    connection.execute(
        "CREATE TABLE public_words AS SELECT DISTINCT unnest(regexp_extract_all(content, $word)) AS word"
        " FROM read_text($files)",
        {"word": _WORD, "files": files},
    )


def _columns_that_leave(release: Path, protected: frozenset[str], metadata: Metadata) -> Iterator[Finding]:
    """Columns of a product's tables that bear the name of a column kept back, unless they are public there.

    Those of protected tables may be restricted; the contracts judge the columns of `open/`.
    """
    for path in sorted((release / "served").rglob("*")):
        for table, own in columns(path).items() if path.is_file() else ():
            for column in own:
                field = metadata.fields.get(column)
                if field is None or table in field.public_in or table.startswith(_WORDS):
                    continue
                if field.sensitivity == "secret" or (
                    field.sensitivity == "restricted" and table not in protected
                ):
                    name = path.relative_to(release).as_posix()
                    yield Finding(name, f"table {table} column {column}", f"{field.sensitivity}_column", 1)
