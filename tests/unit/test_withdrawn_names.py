"""`jzs withdraw list`: who is down, for the steward."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.cli import main
from etl.settings import Store
from tests.fixtures.lookup import CANCELLED, SECOND, VALID, publish, register

WHY = ["--ground", "objection", "--by", "某管理员", "--reason", "本人申请"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = publish(tmp_path, "2026.10.0", register())
    for public_id in (VALID, CANCELLED):
        main(["withdraw", "add", public_id, *WHY, "--store", str(store.root)])
    return store


def listed(store: Store, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Identifier -> what stands behind it, as `jzs withdraw list` prints them."""
    capsys.readouterr()
    assert main(["withdraw", "list", "--store", str(store.root)]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    return {line[0]: line[1] for line in lines}


def built(store: Store, **columns: list[str | None]) -> None:
    """What the last build knew of certificates."""
    folder = store.models("safe")
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "safe_certificate__entity.parquet")


def test_the_list_names_whom_the_last_build_knew(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    built(
        store,
        public_id=[VALID, SECOND, "m00001"],
        person_name=["曾国合", None, "李合成"],
        person_name_en=[None, "Zeng Guohe", None],
    )
    assert listed(store, capsys) == {VALID: "曾国合", SECOND: "Zeng Guohe", CANCELLED: "–"}


def test_the_list_goes_without_names_where_the_register_has_none(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(listed(store, capsys).values()) == {"–"}
    built(store, public_id=[VALID])
    assert set(listed(store, capsys).values()) == {"–"}


def test_a_list_of_nobody_says_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    built(store, public_id=[VALID], person_name=["曾国合"])
    for public_id in (VALID, CANCELLED):
        main(["withdraw", "restore", public_id, *WHY, "--store", str(store.root)])
    capsys.readouterr()
    assert main(["withdraw", "list", "--store", str(store.root)]) == 0
    assert capsys.readouterr().out == "没有撤下任何人 | nobody is down\n"
