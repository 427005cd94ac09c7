"""Releases on disk: candidate, version, hashes, pointer, rollback."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from etl.durable import replace_text, sync
from etl.errors import BadInput, Refused
from etl.settings import Store

SUMS = "SHA256SUMS"
# A DuckDB file carries a random identifier and uninitialised padding, so its bytes never repeat. Its content
# does: the release lists the hash of its tables, and the hash of its bytes stands beside it (docs/decisions).
VOLATILE = {"served/workforce.duckdb", "served/workforce.duckdb.sha256"}

_PENDING = ".promoting"
_VERSION = re.compile(r"(\d{4})\.(\d{1,2})\.(\d+)")


@dataclass(frozen=True, order=True)
class Version:
    """Calendar version: year and month of the as-of date, and a counter of corrections within it."""

    year: int
    month: int
    patch: int

    def __str__(self) -> str:
        return f"{self.year}.{self.month}.{self.patch}"

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        match = _VERSION.fullmatch(text)
        return cls(*map(int, match.groups())) if match else None


def versions(store: Store) -> list[Version]:
    """All finished releases, oldest first."""
    if not store.releases.is_dir():
        return []
    return sorted(v for p in store.releases.iterdir() if p.is_dir() and (v := Version.parse(p.name)))


def next_version(store: Store, as_of: date) -> Version:
    """The version that a new release of `as_of` gets: patch 0, or one more than the last of that month."""
    same = [v.patch for v in versions(store) if (v.year, v.month) == (as_of.year, as_of.month)]
    return Version(as_of.year, as_of.month, max(same, default=-1) + 1)


def current_version(store: Store) -> Version | None:
    """The version that the pointer names; None when nothing is served."""
    return Version.parse(store.current.readlink().name) if store.current.is_symlink() else None


def release_path(store: Store, version: Version) -> Path:
    return store.releases / str(version)


@contextmanager
def candidate(store: Store) -> Iterator[Path]:
    """A fresh folder to assemble a release in; leftovers of killed builds are removed first.

    When the block fails, a candidate that its gates have judged is kept for inspection until the next build;
    one that is only half written is removed.
    """
    store.releases.mkdir(parents=True, exist_ok=True)
    for old in store.releases.glob(".candidate-*"):
        shutil.rmtree(old)
    folder = store.releases / f".candidate-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    except BaseException:
        if not (folder / "gate.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
        raise


def promote(store: Store, folder: Path, version: Version) -> Path:
    """Makes the candidate a release that others may read, and points to it. Both steps are single renames."""
    for path in (*folder.rglob("*"), folder, store.releases, store.releases.parent):
        path.chmod(0o755 if path.is_dir() else 0o644)
        sync(path)
    target = release_path(store, version)
    replace_text(store.releases / _PENDING, str(version))
    folder.rename(target)
    sync(store.releases)
    point(store, version)
    return target


def finish_promotion(store: Store) -> None:
    """Points to a release that passed its gates and stands in its place, if the build was cut before it did."""
    pending = store.releases / _PENDING
    if pending.exists():
        for version in versions(store):
            if str(version) == pending.read_text("utf-8"):
                point(store, version)
        pending.unlink(missing_ok=True)


def point(store: Store, version: Version) -> None:
    """Swaps the pointer to `version` atomically; whatever was to be promoted before is no longer."""
    link = store.current.with_name(".current-new")
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / str(version))
    link.replace(store.current)
    sync(store.current.parent)
    (store.releases / _PENDING).unlink(missing_ok=True)


def rollback(store: Store, to: Version | None = None) -> Version:
    """Points to the release before the current one, or to a named one, and returns it.

    Raises:
        Refused: nothing is served, nothing stands before it, or no release has that name.
    """
    current = current_version(store)
    if to is not None and to not in versions(store):
        raise Refused(
            f"没有这个发布 | there is no such release: {to}",
            where=str(store.releases),
            remedy="jzs status 列出全部发布 | `jzs status` lists the releases",
        )
    earlier = [to] if to else [v for v in versions(store) if current is not None and v < current]
    if not earlier:
        raise Refused(
            "没有更早的发布可以退回 | there is no earlier release to go back to",
            where=str(store.releases),
            remedy="jzs status 列出全部发布 | `jzs status` lists the releases",
        )
    point(store, earlier[-1])
    return earlier[-1]


def served_release(store: Store) -> Path:
    """Folder of the release being served.

    Raises:
        BadInput: the store has no release.
    """
    version = current_version(store)
    if version is None or not release_path(store, version).is_dir():
        raise BadInput(
            "这里没有发布 | there is no release here",
            where=str(store.root),
            remedy="先运行 jzs build | run `jzs build` first",
        )
    return release_path(store, version)


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path) -> Path:
    """Writes `SHA256SUMS` over every file below `folder` but itself and the volatile ones; sorted by path."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    listed = [name for name in names if name != SUMS and name not in VOLATILE]
    path = folder / SUMS
    path.write_text("".join(f"{sha256(folder / name)}  {name}\n" for name in listed), encoding="utf-8")
    return path


def read_sums(path: Path) -> dict[str, str]:
    """File name -> hash, of a checksum file in the format of `sha256sum`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def check_sums(folder: Path) -> list[str]:
    """What differs between a folder and its `SHA256SUMS`: changed, missing and unlisted files, in words."""
    listed = read_sums(folder / SUMS)
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {SUMS} - VOLATILE
    return (
        [f"缺少文件 missing file: {name}" for name in sorted(set(listed) - found)]
        + [f"未登记文件 unlisted file: {name}" for name in sorted(found - set(listed))]
        + [
            f"内容已改变 changed file: {name}"
            for name in sorted(found & set(listed))
            if sha256(folder / name) != listed[name]
        ]
    )


def write_json(path: Path, value: Any) -> None:
    """JSON as the release ships it: UTF-8, indented, keys in the order given, newline at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
