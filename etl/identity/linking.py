"""The link between certificates and persons, an input of the models: `link_person`, one row a certificate.

By ID number where there is one; by the steward's decisions above everything; by score where a certificate carries
no ID. A register without linking rules, or whose certificates all carry an ID, is linked without scoring.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from etl.identity import decisions
from etl.identity.clusters import Edge, Joined, Node, Pair, Persons, persons
from etl.identity.rules import PersonRules
from etl.settings import Store

# What is built before linking, and read by it.
MODELS = frozenset(
    {"core_enterprise__link", "core_enterprise__entity", "core_roster__history", "core_holder__entity"}
)
# Columns of the link table: the certificate, its person, the key that it would have alone, how it was linked.
COLUMNS = ("certificate_id", "person_id", "person_alias", "link_how", "link_probability")

# Record types whose rows carry both a registration number and an ID number.
_NAMING = ("event", "binding", "integrity", "education")
_MEMORY = "4GiB"
_NEVER = date.max
_OWN = "CAST('0x' || left(md5('person|' || coalesce('id|' || {id}, CAST({certificate} AS VARCHAR))), 16) AS UBIGINT)"


@dataclass(frozen=True)
class LinkReport:
    """What linking did: certificates by how they were linked, persons, pairs for the steward, what was left out."""

    certificates: Mapping[str, int]
    persons: int
    review: int
    oversize_blocks: int
    stale_decisions: int
    contradictions: int
    kept: bool = False


def person_links(store: Store) -> Path:
    """The file of the table `link_person`."""
    return store.restricted / "identity" / "link_person.parquet"


def person_review(store: Store) -> Path:
    """The file of pairs that wait for a steward: certificate_id_a, certificate_id_b, probability, reason."""
    return store.restricted / "identity" / "review_person.parquet"


def link(store: Store, rules: PersonRules | None) -> LinkReport:
    """Writes the link table and the review band, unless nothing they follow from has changed."""
    folder = person_links(store).parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = folder / "state.json"
    known = json.loads(state.read_text("utf-8")) if state.exists() else {}
    with _engine(store, folder) as connection:
        mark = _mark(connection, store, rules)
        if known.get("mark") == mark and person_links(store).exists() and person_review(store).exists():
            return LinkReport(**known["report"] | {"kept": True})
        report = _link(connection, store, rules)
    state.write_text(json.dumps({"mark": mark, "report": asdict(report)}), "utf-8")
    return report


def _mark(connection: duckdb.DuckDBPyConnection, store: Store, rules: PersonRules | None) -> str:
    """A hash of all that linking follows from."""
    content = hashlib.sha256(repr(rules).encode())
    content.update(repr(connection.execute("FROM elsewhere ORDER BY ALL").fetchall()).encode())
    sources = sorted(Path(__file__).parent.glob("*.py"))
    models = [_model(store, name) for name in ("core_enterprise__entity", "core_holder__entity")]
    for path in (*sources, *models, decisions.path(store)):
        if path.exists():
            with path.open("rb") as file:
                content.update(hashlib.file_digest(file, "sha256").digest())
    return content.hexdigest()


def _model(store: Store, name: str) -> Path:
    return store.models("core") / f"{name}.parquet"


@contextmanager
def _engine(store: Store, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database on disk that is gone afterwards, so that memory stays flat, with `holder` and `enterprise`."""
    scratch = Path(tempfile.mkdtemp(prefix=".work-", dir=folder))
    try:
        with duckdb.connect(str(scratch / "link.duckdb")) as connection:
            connection.execute(f"SET memory_limit = '{_MEMORY}'")
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET enable_progress_bar = false")
            for name, model in (("listed", "core_holder__entity"), ("enterprise", "core_enterprise__entity")):
                connection.execute(
                    f"CREATE VIEW {name} AS FROM read_parquet({_literal(str(_model(store, model)))})"
                )
            _identify(connection, store)
            yield connection
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _identify(connection: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Makes `holder`: certificates with the ID of their rosters, else the only one on other records of the number."""
    mentions = [
        f"SELECT registration_no, id_number FROM read_parquet({_literal(str(folder / '*.parquet'))})"
        for folder in (store.staging / f"stg_{record}" for record in _NAMING)
        if any(folder.glob("*.parquet"))
    ]
    connection.execute(
        "CREATE TABLE bare AS SELECT registration_no FROM listed"
        " WHERE id_number IS NULL AND registration_no IS NOT NULL"
    )
    (bare,) = connection.execute("SELECT count(*) FROM bare").fetchall()[0]
    if not bare or not mentions:
        connection.execute("CREATE TABLE elsewhere (registration_no VARCHAR, id_number VARCHAR)")
        connection.execute("CREATE VIEW holder AS FROM listed")
        return
    connection.execute(
        f"CREATE TABLE elsewhere AS SELECT registration_no, min(id_number) AS id_number "
        f" FROM ({' UNION ALL '.join(mentions)})"
        " SEMI JOIN bare USING (registration_no) GROUP BY registration_no HAVING min(id_number) = max(id_number)"
    )
    connection.execute(
        "CREATE VIEW holder AS SELECT listed.* REPLACE (coalesce(listed.id_number, elsewhere.id_number) AS id_number)"
        " FROM listed LEFT JOIN elsewhere ON elsewhere.registration_no = listed.registration_no"
    )


def _link(connection: duckdb.DuckDBPyConnection, store: Store, rules: PersonRules | None) -> LinkReport:
    oversize = _score(connection, rules)
    decided = decisions.read(store)
    verdicts = [
        (item.verdict, int(item.a, 16), int(item.b, 16)) for item in decided if _both_known(connection, item)
    ]
    _nodes(connection, verdicts)
    found = _persons(connection, verdicts, rules)
    _write(connection, store, found)
    return _report(connection, store, oversize, len(decided) - len(verdicts), found.contradictions)


def _score(connection: duckdb.DuckDBPyConnection, rules: PersonRules | None) -> int:
    """Makes the table `scored`, empty where nothing needs a score. Returns the blocks left out."""
    connection.execute(
        "CREATE TABLE scored (certificate_id_a UBIGINT, certificate_id_b UBIGINT, probability DOUBLE)"
    )
    (bare,) = connection.execute("SELECT count(*) FROM holder WHERE id_number IS NULL").fetchall()[0]
    if rules is None or not bare:
        return 0
    from etl.identity.scoring import score  # noqa: PLC0415  # splink takes a second to import

    features = ", ".join(f"{sql} AS {name}" for name, sql in rules.features.items())
    for macro in _folding(rules):
        connection.execute(macro)
    connection.execute(
        "CREATE TABLE record AS SELECT holder.certificate_id AS unique_id, holder.id_number,"
        f" holder.id_number IS NULL AS bare, {features} FROM holder LEFT JOIN enterprise USING (enterprise_id)"
    )
    return score(connection, rules)


def _folding(rules: PersonRules) -> tuple[str, str]:
    """Macros that write what may be one name in one way."""
    first = "".join(group[0] * (len(group) - 1) for group in rules.variants)
    others = "".join(group[1:] for group in rules.variants)
    name = f"translate(x, {_literal(others)}, {_literal(first)})"
    name = f"regexp_replace({name}, {_literal(rules.dropped)}, '', 'g')"
    unit = "x"
    for old, new in rules.units:
        unit = f"replace({unit}, {_literal(old)}, {_literal(new)})"
    return (
        f"CREATE MACRO fold_name(x) AS regexp_replace({name}, {_literal(rules.lost)}, '?', 'g')",
        f"CREATE MACRO fold_unit(x) AS {unit}",
    )


def _both_known(connection: duckdb.DuckDBPyConnection, item: decisions.Decision) -> bool:
    (count,) = connection.execute(
        "SELECT count(*) FROM holder WHERE certificate_id IN (?, ?)", [int(item.a, 16), int(item.b, 16)]
    ).fetchall()[0]
    return bool(count == 2)


def _nodes(connection: duckdb.DuckDBPyConnection, verdicts: Sequence[tuple[str, int, int]]) -> None:
    """Makes the view `node`: each certificate with its node, the key of what its ID number holds together.

    Where a steward called two certificates of one ID number different, each certificate of that number is a node:
    the first registered one keeps the key of the number.
    """
    own = _OWN.format(id="holder.id_number", certificate="holder.certificate_id")
    single = _OWN.format(id="NULL", certificate="holder.certificate_id")
    connection.execute("CREATE TABLE apart (a UBIGINT, b UBIGINT)")
    pairs = [(a, b) for verdict, a, b in verdicts if verdict == decisions.DIFFERENT]
    if pairs:
        connection.executemany("INSERT INTO apart VALUES (?, ?)", pairs)
    connection.execute(
        "CREATE TABLE contested AS SELECT certificate_id, id_number, row_number() OVER (PARTITION BY id_number"
        " ORDER BY first_registered_on NULLS LAST, certificate_id) = 1 AS first FROM holder WHERE id_number IN ("
        " SELECT one.id_number FROM apart JOIN holder one ON one.certificate_id = a"
        " JOIN holder other ON other.certificate_id = b AND other.id_number = one.id_number)"
    )
    connection.execute(
        f"CREATE VIEW node AS SELECT holder.*, CASE WHEN first = FALSE THEN {single} ELSE {own} END AS node"
        " FROM holder LEFT JOIN contested ON contested.certificate_id = holder.certificate_id"
    )


def _persons(
    connection: duckdb.DuckDBPyConnection,
    verdicts: Sequence[tuple[str, int, int]],
    rules: PersonRules | None,
) -> Persons:
    certificates = pa.table(
        {"certificate_id": pa.array(sorted({key for _, a, b in verdicts for key in (a, b)}), pa.uint64())}
    )
    connection.register("decided", certificates)
    pairs = _decided_pairs(connection, verdicts)
    return persons(
        _concerned_nodes(connection, rules.exclusive if rules else "category_code"),
        _scored_edges(connection),
        rules.link if rules else 1.0,
        same=pairs[decisions.SAME],
        different=pairs[decisions.DIFFERENT],
        held_by_id=_held_by_id(connection),
    )


def _concerned_nodes(connection: duckdb.DuckDBPyConnection, exclusive: str) -> dict[int, Node]:
    """The nodes that a score, a verdict or a contested ID number speaks of; of the column `exclusive` a person has
    each value once at most.
    """
    rows = connection.execute(
        "SELECT node, bool_or(id_number IS NOT NULL), min(first_registered_on), min(certificate_id),"
        f" list(DISTINCT {exclusive}) FROM node WHERE node IN (SELECT node FROM node WHERE certificate_id IN ("
        "  SELECT certificate_id_a FROM scored UNION SELECT certificate_id_b FROM scored"
        "  UNION SELECT certificate_id FROM decided UNION SELECT certificate_id FROM contested)) GROUP BY node"
    ).fetchall()
    return {
        node: Node(
            identified,
            (not identified, since or _NEVER, certificate),
            frozenset(each for each in held if each is not None),
        )
        for node, identified, since, certificate, held in rows
    }


def _scored_edges(connection: duckdb.DuckDBPyConnection) -> list[Edge]:
    return [
        Edge((one, other), (a, b), probability)
        for one, other, a, b, probability in connection.execute(
            "SELECT one.node, other.node, certificate_id_a, certificate_id_b, probability FROM scored"
            " JOIN node one ON one.certificate_id = certificate_id_a"
            " JOIN node other ON other.certificate_id = certificate_id_b"
        ).fetchall()
    ]


def _decided_pairs(
    connection: duckdb.DuckDBPyConnection, verdicts: Sequence[tuple[str, int, int]]
) -> dict[str, list[Pair]]:
    """The pairs of nodes that a steward called the same, and those called different."""
    node_of: dict[int, int] = dict(
        connection.execute(
            "SELECT certificate_id, node FROM node SEMI JOIN decided USING (certificate_id)"
        ).fetchall()
    )
    pairs: dict[str, list[Pair]] = {decisions.SAME: [], decisions.DIFFERENT: []}
    for verdict, a, b in verdicts:
        if node_of[a] != node_of[b]:
            pairs[verdict].append((node_of[a], node_of[b]))
    return pairs


def _held_by_id(connection: duckdb.DuckDBPyConnection) -> list[Pair]:
    """Nodes of one contested ID number: the one that keeps its key, and each other."""
    return connection.execute(
        "SELECT one.node, other.node FROM contested a JOIN contested b USING (id_number)"
        " JOIN node one ON one.certificate_id = a.certificate_id"
        " JOIN node other ON other.certificate_id = b.certificate_id"
        " WHERE a.first AND NOT b.first ORDER BY other.first_registered_on NULLS LAST, b.certificate_id"
    ).fetchall()


def _write(connection: duckdb.DuckDBPyConnection, store: Store, found: Persons) -> None:
    _register_joined(connection, found)
    _register_waiting(connection, found)
    links = (
        "SELECT certificate_id, coalesce(person_id, node) AS person_id, node AS person_alias,"
        " coalesce(how, CASE WHEN id_number IS NULL THEN 'alone' ELSE 'id' END) AS link_how,"
        " probability AS link_probability FROM node LEFT JOIN joined USING (node)"
    )
    for path, query in ((person_links(store), links), (person_review(store), "FROM waiting")):
        temporary = path.with_suffix(".new")
        connection.execute(f"COPY ({query}) TO {_literal(str(temporary))} (FORMAT parquet)")
        temporary.replace(path)


def _register_joined(connection: duckdb.DuckDBPyConnection, found: Persons) -> None:
    """Makes `joined`: the nodes that are part of a person with others."""
    joined: Sequence[tuple[int, Joined]] = sorted(found.joined.items())
    connection.register(
        "joined",
        pa.table(
            {
                "node": pa.array([node for node, _ in joined], pa.uint64()),
                "person_id": pa.array([item.person for _, item in joined], pa.uint64()),
                "how": pa.array([item.how for _, item in joined], pa.string()),
                "probability": pa.array([item.probability for _, item in joined], pa.float64()),
            }
        ),
    )


def _register_waiting(connection: duckdb.DuckDBPyConnection, found: Persons) -> None:
    """Makes `waiting`: the pairs left to a steward."""
    review = sorted(
        (edge.certificates[0], edge.certificates[1], edge.probability, reason)
        for edge, reason in found.review
    )
    columns: Mapping[str, pa.DataType] = {
        "certificate_id_a": pa.uint64(),
        "certificate_id_b": pa.uint64(),
        "probability": pa.float64(),
        "reason": pa.string(),
    }
    connection.register(
        "waiting",
        pa.table(
            {
                name: pa.array([row[place] for row in review], kind)
                for place, (name, kind) in enumerate(columns.items())
            }
        ),
    )


def _report(
    connection: duckdb.DuckDBPyConnection, store: Store, oversize: int, stale: int, contradictions: int
) -> LinkReport:
    links = f"read_parquet({_literal(str(person_links(store)))})"
    counts = connection.execute(
        f"SELECT link_how, count(*) FROM {links} GROUP BY link_how ORDER BY link_how"
    ).fetchall()
    (found,) = connection.execute(f"SELECT count(DISTINCT person_id) FROM {links}").fetchall()[0]
    (review,) = connection.execute("SELECT count(*) FROM waiting").fetchall()[0]
    return LinkReport(dict(counts), found, review, oversize, stale, contradictions)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
