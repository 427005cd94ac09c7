"""A release of microdata: what is held of every person, and the records of a fixed sample of them.

Releases follow each other, and who has moved between two of them is known by name. So a record is replaced, or comes
in, only together with others: those whose former records were in one class and whose new ones are in one class are
that class of the requirements, and so are those who stay behind. Where either is not met the former record stays as
it is, that of persons who have left as well. Hence the classes by all that was ever released of a person satisfy the
requirements too, by induction over the releases, and a difference of two files is about no fewer than k persons.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from etl.errors import BadInput
from etl.privacy.microdata import classes
from etl.privacy.microdata.classes import Codes
from etl.privacy.microdata.frequencies import Frequencies, Node, count, counted, counting, text, unknown
from etl.privacy.microdata.hierarchies import Hierarchy
from etl.privacy.microdata.lattice import NoRecoding, Recoding, evaluate, search
from etl.privacy.microdata.tiers import Tier

RECORD = "record_ref"
_KEY_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """Keys of 32 bytes: `sample` draws the persons and is the same in every release, `pseudonyms` names the records
    of one release.

    Raises BadInput for a key of another length.
    """

    sample: bytes
    pseudonyms: bytes

    def __post_init__(self) -> None:
        if {len(self.sample), len(self.pseudonyms)} != {_KEY_BYTES}:
            raise BadInput(
                "微观数据的密钥不是 32 字节 | a key of microdata is not 32 bytes",
                rule="microdata keys",
                remedy="用首次发布时的密钥 | use the key of the first release",
            )

    @classmethod
    def of(cls, key: bytes, tier: str, year: int) -> "Keys":
        """The keys of a file, from that of a store. Files of two tiers are drawn apart."""
        return cls(*(hmac.digest(key, text.encode(), "sha256") for text in (tier, f"{tier} {year}")))


@dataclass(frozen=True)
class Held:
    """What is held of persons after a release, restricted: `levels` of every identifier, and a row a person.

    `persons`: the unit, `class_<r>` the class of requirement r by all releases, and the values as published. `shares`:
    of each column the share of every value in the whole register of that year.
    """

    levels: Mapping[str, str]
    persons: pa.Table
    shares: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Release:
    """`records`: pseudonym and values, in no order, of the sampled persons. `held`: for the release that follows."""

    records: pa.Table
    held: Held
    recoding: Recoding


def release(
    connection: duckdb.DuckDBPyConnection,
    units: str,
    unit: str,
    tier: Tier,
    hierarchies: Mapping[str, Hierarchy],
    *,
    keys: Keys,
    former: Held | None = None,
) -> Release:
    """Microdata of table `units`, one row a person with text column `unit`, after a release `former`.

    The first release is recoded with least loss; those that follow keep its levels. Whoever is in the sample stays,
    new persons are drawn once.

    Raises:
        NoRecoding: no recoding satisfies the tier, or the former levels no longer do.
        Refused: a code is unknown.
    """
    frequencies = count(connection, units, tier, hierarchies)
    recoding = search(frequencies) if former is None else _again(frequencies, former.levels)
    levels = {
        hierarchy.column: hierarchy.levels[level]
        for hierarchy, level in zip(frequencies.hierarchies, recoding.node, strict=True)
    }
    _recode(connection, frequencies, units, unit, recoding.node)
    connection.register("microdata_former", _nobody(tier, unit) if former is None else former.persons)
    _decide(connection, frequencies, unit, recoding.node)
    held = connection.sql(_held(tier, unit)).to_arrow_table()
    connection.unregister("microdata_former")
    records = sampled(connection, held, unit, tier, keys)
    return Release(records, Held(levels, held, frequencies.named_shares(recoding.node)), recoding)


def sampled(
    connection: duckdb.DuckDBPyConnection, persons: pa.Table, unit: str, tier: Tier, keys: Keys
) -> pa.Table:
    """The records of the sample under their pseudonyms, in the order of these."""
    chance = f"{int(tier.sample * 16**16):016x}" if tier.sample < 1 else "g"
    values = ", ".join(_values(tier))
    query = f"""
        SELECT left({_keyed(f"CAST({unit} AS VARCHAR)")}, 32) AS {RECORD}, {values}
        FROM persons WHERE left({_keyed(f"CAST({unit} AS VARCHAR)")}, 16) < ? ORDER BY 1
    """
    pads = [*_pads(keys.pseudonyms), *_pads(keys.sample)]
    return connection.sql(query, params=[*pads, chance]).to_arrow_table()


def _keyed(value: str) -> str:
    """HMAC-SHA256 (RFC 2104) of a text, as hexadecimal; the two pads of the key are parameters."""
    return f"sha256(CAST(? AS BLOB) || unhex(sha256(CAST(? AS BLOB) || encode({value}))))"


def _pads(key: bytes) -> tuple[bytes, bytes]:
    block = key.ljust(64, b"\0")
    return bytes(byte ^ 0x5C for byte in block), bytes(byte ^ 0x36 for byte in block)


def _again(frequencies: Frequencies, levels: Mapping[str, str]) -> Recoding:
    """The recoding at former levels."""
    node = tuple(item.levels.index(levels[item.column]) for item in frequencies.hierarchies)
    found = evaluate(frequencies, node)
    if found.suppressed > frequencies.tier.suppressed * frequencies.persons:
        raise NoRecoding(
            f"沿用的层级须隐去 {found.suppressed / frequencies.persons:.1%} 的人 | the former levels would suppress"
            f" {found.suppressed / frequencies.persons:.1%} of the persons",
            where="rules/microdata.yaml",
            rule=f"suppressed <= {frequencies.tier.suppressed}",
            remedy="这一档终止 | the tier ends",
        )
    return Recoding(node, found.loss, found.suppressed, frequencies.persons, 1)


def _values(tier: Tier) -> list[str]:
    return [*tier.identifiers, *tier.sensitive]


def _nobody(tier: Tier, unit: str) -> pa.Table:
    held = dict.fromkeys(_held_apart(tier), pa.int64())
    texts = dict.fromkeys([unit, *_values(tier)], pa.string())
    return pa.schema(list({**texts, **held}.items())).empty_table()


def _held_apart(tier: Tier) -> list[str]:
    """The columns of former classes, one a requirement."""
    return [f"class_{place}" for place in range(len(tier.requirements))]


def _recode(
    connection: duckdb.DuckDBPyConnection, frequencies: Frequencies, units: str, unit: str, node: Node
) -> None:
    """Table `microdata_now`: the values of every person at the levels of the recoding."""
    joins, names = [], []
    for place, (hierarchy, level) in enumerate(zip(frequencies.hierarchies, node, strict=True)):
        rows = ", ".join(f"({text(path[0])}, {text(path[level])})" for path in hierarchy.paths)
        joins.append(
            f"JOIN (VALUES {rows}) AS h{place}(leaf, code) ON h{place}.leaf = person.{hierarchy.column}"
        )
        names.append(f"h{place}.code AS {hierarchy.column}")
    names += [f"person.{column}" for column in frequencies.tier.sensitive]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE microdata_now AS SELECT CAST(person.{unit} AS VARCHAR) AS {unit}, "
        f"{', '.join(names)} FROM {units} AS person {' '.join(joins)}"
    )


def _decide(connection: duckdb.DuckDBPyConnection, frequencies: Frequencies, unit: str, node: Node) -> None:
    """Table `microdata_replaced`: whose record is replaced or new, and the class of the former one."""
    tier = frequencies.tier
    held = _held_apart(tier)
    former = ", ".join(f"coalesce(former.{name}, 0) AS {name}" for name in held)
    differs = " OR ".join(f"now.{name} <> former.{name}" for name in tier.identifiers)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE microdata_moving AS SELECT now.*, {former} FROM microdata_now AS now "
        f"LEFT JOIN microdata_former AS former ON former.{unit} = now.{unit} "
        f"WHERE former.{unit} IS NULL OR {differs}"
    )
    together, _ = _judged(connection, "microdata_moving", frequencies, node)
    connection.register("microdata_together", together)
    same = " AND ".join(f"person.{name} = together.{name}" for name in [*held, *tier.identifiers])
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE microdata_replaced AS SELECT person.* FROM microdata_moving AS person "
        f"SEMI JOIN microdata_together AS together ON {same}"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE microdata_staying AS SELECT * FROM microdata_former AS former "
        f"ANTI JOIN microdata_replaced AS replaced ON replaced.{unit} = former.{unit}"
    )
    _, alone = _judged(connection, "microdata_staying", frequencies, node)
    connection.register("microdata_alone", alone)
    connection.execute(
        "DELETE FROM microdata_replaced WHERE class_0 IN (SELECT class_0 FROM microdata_alone)"
    )


def _judged(
    connection: duckdb.DuckDBPyConnection, source: str, frequencies: Frequencies, node: Node
) -> tuple[pa.Table, pa.Table]:
    """Classes of the finest requirement, apart by former class: those that satisfy the tier, and the others."""
    tier, held = frequencies.tier, _held_apart(frequencies.tier)
    by = [
        name for item, key in zip(tier.requirements, held, strict=True) for name in (key, *item.identifiers)
    ]
    names = ", ".join(dict.fromkeys(by))
    found = connection.sql(
        f"SELECT {names}, {', '.join(counting(frequencies.sensitive))} FROM {source} GROUP BY ALL ORDER BY {names}"
    ).to_arrow_table()
    codes = tuple(
        _numbers(found[hierarchy.column], hierarchy, level)
        for hierarchy, level in zip(frequencies.hierarchies, node, strict=True)
    )
    keep = classes.kept(
        tier,
        counted(found, codes, frequencies.sensitive),
        frequencies.shares(node),
        keys=[found[name].to_numpy() for name in held],
    )
    return found.filter(pa.array(keep)), found.filter(pa.array(~keep))


def _numbers(column: pa.ChunkedArray, hierarchy: Hierarchy, level: int) -> Codes:
    """The numbers of codes of a level."""
    found = pc.index_in(column, value_set=pa.array(hierarchy.codes[level], pa.string()))
    if found.null_count:
        raise unknown(
            hierarchy.column,
            "前次发布的代码已不在层级中 | codes of a former release are no longer in the hierarchy",
        )
    numbers: Codes = found.to_numpy()
    return numbers


def _held(tier: Tier, unit: str) -> str:
    """A query for what is held of every person: replaced records in new classes, the others as they were."""
    values = ", ".join([unit, *_values(tier)])
    numbered = []
    for place, requirement in enumerate(tier.requirements):
        by = ", ".join([f"class_{place}", *requirement.identifiers])
        last = f"(SELECT coalesce(max(class_{place}), 0) FROM microdata_former)"
        numbered.append(f"{last} + dense_rank() OVER (ORDER BY {by}) AS class_{place}")
    held = ", ".join(_held_apart(tier))
    return (
        f"SELECT {values}, {', '.join(numbered)} FROM microdata_replaced UNION ALL "
        f"SELECT {values}, {held} FROM microdata_former AS former "
        f"ANTI JOIN microdata_replaced AS replaced ON replaced.{unit} = former.{unit} ORDER BY {unit}"
    )
