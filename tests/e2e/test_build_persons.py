"""Persons from release to release: taken down, restored, merged and split, on a small real build and its lookup."""

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from pysqlite3 import dbapi2 as sqlite3

from etl.cli import main
from etl.publish.release import read_json
from etl.settings import Store
from tests.fixtures.lookup_server import serving

WHY = ("--by", "某管理员", "--reason", "本人申请")
WITHDRAW = ("--ground", "objection", *WHY)


class Certificate(NamedTuple):
    """What a release tells of a certificate that names nobody else."""

    public_id: str
    registration_no: str
    person_name: str


class Person(NamedTuple):
    key: str
    certificates: tuple[Certificate, ...]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exports") / "x"
    size = ("--persons", "300", "--seed", "3", "--divisions", "110000,640000")
    assert main(["synth", "--out", str(out), *size]) == 0
    return out


@pytest.fixture(scope="module")
def built(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("built") / "store")
    build(exports, store)
    return store


@pytest.fixture(scope="module")
def twofold(built: Store) -> Person:
    """A person with two certificates."""
    return next(person for person in persons(built) if len(person.certificates) == 2)


@pytest.fixture(scope="module")
def down(
    exports: Path, built: Store, twofold: Person, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """The store after a person was taken down, by the certificate that is not in the permalink, and a build."""
    store = copied(built, tmp_path_factory.mktemp("down"))
    other = next(c.public_id for c in twofold.certificates if c.public_id != twofold.key)
    run(store, "withdraw", "add", other, *WITHDRAW)
    build(exports, store)
    yield store


@pytest.fixture
def store(built: Store, tmp_path: Path) -> Store:
    """A store of one's own."""
    return copied(built, tmp_path)


def copied(store: Store, folder: Path) -> Store:
    shutil.copytree(store.root, folder / "store", symlinks=True)
    return Store(folder / "store")


def build(exports: Path, store: Store) -> None:
    assert main(["build", "--source", str(exports), "--store", str(store.root), "--as-of", "2026-10-31"]) == 0


def run(store: Store, *arguments: str) -> None:
    assert main([*arguments, "--store", str(store.root)]) == 0


def rows(store: Store, query: str, *values: str) -> list[tuple[str, ...]]:
    path = store.current / "served/lookup.sqlite"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()  # type: ignore[no-any-return]


def persons(store: Store) -> list[Person]:
    """Persons of the release being served whose name nobody else has."""
    query = "SELECT public_id, registration_no, person_name, holder_public_id FROM certificate ORDER BY 1"
    found: dict[str, list[Certificate]] = {}
    for *certificate, holder in rows(store, query):
        found.setdefault(holder, []).append(Certificate(*certificate))
    names = [certificates[0].person_name for certificates in found.values()]
    return [
        Person(key, tuple(certificates))
        for key, certificates in found.items()
        if names.count(certificates[0].person_name) == 1 and certificates[0].registration_no
    ]


def holding(release: Path, *texts: str) -> set[str]:
    """Files of a release with the bytes of any of these texts."""
    return {
        path.relative_to(release).as_posix()
        for path in release.rglob("*")
        if path.is_file() and any(text.encode() in path.read_bytes() for text in texts)
    }


def told(person: Person) -> list[str]:
    return [text for certificate in person.certificates for text in certificate]


def stock(store: Store) -> bytes:
    return (store.current / "open/datasets/registration-stock/registration-stock.csv").read_bytes()


def test_a_release_after_the_person_was_taken_down_holds_no_byte_of_them(
    built: Store, down: Store, twofold: Person
) -> None:
    assert holding(built.current.resolve(), *told(twofold)) == {"served/lookup.sqlite"}
    assert holding(down.current.resolve(), *told(twofold)) == set()


def test_every_part_of_the_lookup_is_without_them(built: Store, down: Store, twofold: Person) -> None:
    ids = {certificate.public_id for certificate in twofold.certificates}
    tables = (
        "SELECT m.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE c.name = 'public_id'"
    )
    for (table,) in rows(built, f"{tables} AND m.type = 'table'"):
        every = f"SELECT public_id, * FROM {table}"
        kept = [row for row in rows(built, every) if row[0] not in ids]
        assert sorted(rows(down, every), key=repr) == sorted(kept, key=repr)


def test_statistics_count_them_as_before(built: Store, down: Store) -> None:
    assert stock(down) == stock(built)
    figures = next(
        g["figures"] for g in read_json(down.current / "gate.json")["gates"] if g["name"] == "counts"
    )
    assert figures["certificates_left_out"] == 2


def test_their_pages_answer_410_and_no_number_finds_them(down: Store, twofold: Person) -> None:
    with serving(down) as address, httpx.Client(base_url=address) as client:
        for certificate in twofold.certificates:
            assert client.get(f"/p/{certificate.public_id}").status_code == 410
            answer = client.post("/search", data={"number": certificate.registration_no})
            assert not re.search(r'href="/p/', answer.text)


def test_who_is_restored_is_shown_again_from_the_next_build_on(
    exports: Path, built: Store, down: Store, twofold: Person, tmp_path: Path
) -> None:
    store = copied(down, tmp_path)
    run(store, "withdraw", "restore", twofold.key, *WITHDRAW)
    build(exports, store)
    query = "SELECT * FROM certificate ORDER BY public_id"
    assert rows(store, query) == rows(built, query)
    with serving(store) as address:
        assert httpx.get(f"{address}/p/{twofold.key}").status_code == 200


def test_a_rollback_does_not_bring_them_back(down: Store, twofold: Person, tmp_path: Path) -> None:
    store = copied(down, tmp_path)
    run(store, "rollback")
    with serving(store) as address:
        assert httpx.get(f"{address}/p/{twofold.key}").status_code == 410


def test_the_page_of_a_merged_person_leads_to_the_other_until_they_are_split(
    exports: Path, store: Store
) -> None:
    one, other = (p for p in persons(store)[:2])
    numbers = [person.certificates[0].registration_no for person in (one, other)]
    run(store, "review", "merge", *numbers, *WHY)
    build(exports, store)
    with serving(store) as address, httpx.Client(base_url=address) as client:
        answers = {person.key: client.get(f"/p/{person.key}?lang=en") for person in (one, other)}
        (kept,) = [key for key, answer in answers.items() if answer.status_code == 200]
        (moved,) = [key for key in answers if key != kept]
        assert answers[moved].status_code == 308
        assert answers[moved].headers["location"] == f"/p/{kept}?lang=en"
        # Kept by no browser, for a split takes it back.
        assert "no-store" in answers[moved].headers["cache-control"]
    run(store, "review", "split", numbers[0], *WHY)
    build(exports, store)
    with serving(store) as address:
        assert [httpx.get(f"{address}/p/{key}").status_code for key in (kept, moved)] == [200, 200]


def test_who_is_merged_with_a_person_taken_down_goes_with_them(exports: Path, store: Store) -> None:
    one, other = (p for p in persons(store)[:2])
    run(store, "withdraw", "add", one.key, *WITHDRAW)
    numbers = [person.certificates[0].registration_no for person in (one, other)]
    run(store, "review", "merge", *numbers, *WHY)
    build(exports, store)
    with serving(store) as address:
        assert [httpx.get(f"{address}/p/{person.key}").status_code for person in (one, other)] == [410, 410]
