"""The record of what was taken back: one at a time changes it, and one repair at a time is undone."""

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etl.settings import Store
from etl.sources.repairs import Repair, changing, read_repairs, save_repairs
from etl.steward.held import row_id
from etl.steward.retry import take_back
from etl.steward.undo import taken_in, undo
from tests.fixtures.ingest import Register

SHA256 = "f" * 64
HEADER = "姓名,注册号,有效期至\n"


def repaired(name: str) -> Repair:
    return Repair(0, 2, ("张?",), (name,), "甲", "2026-11-22", "a.csv")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    store.restricted.mkdir()
    return store


def test_of_equal_repairs_only_the_last_is_undone(store: Store) -> None:
    for name in ("张一", "张二", "张一"):
        save_repairs(store, SHA256, [repaired(name)])
    assert [item.holds for item in taken_in(store)] == [False, False, True]
    undo([row_id(SHA256, 0, 2)], store, "乙", "2026-11-23")
    assert [item.repair.undone_by for item in taken_in(store)] == [None, None, "乙"]
    assert read_repairs(store)[SHA256] == (repaired("张二"),)


class Watched(list[object]):
    """A list that, when it is read, sees that nobody else can get hold of the repairs."""

    def __init__(self, items: list[object], store: Store) -> None:
        super().__init__(items)
        self.store, self.was_held = store, False

    def __iter__(self) -> Iterator[object]:
        with (self.store.restricted / "repairs.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.was_held = True
        return super().__iter__()


@pytest.mark.parametrize(
    "change",
    [
        lambda items, register: take_back(items, register.store, register.metadata, "甲"),
        lambda items, register: undo(items, register.store, "甲", "2026-11-23"),
    ],
)
def test_who_changes_repairs_holds_them(register: Register, change: Callable[..., object]) -> None:
    register.export("a.csv", HEADER + "张三,A1,\n")
    register.ingest()
    items = Watched([], register.store)
    change(items, register)
    assert items.was_held


def test_repairs_are_free_again_after_a_failure(store: Store) -> None:
    with pytest.raises(ValueError, match="x"), changing(store):
        raise ValueError("x")
    with changing(store):
        assert not store.repairs.exists()
