"""Frozen microdata: where the files of a year stand, and that they are those that were released.

A frozen year is a folder `<tier>/<year>/` with `records.parquet`, `codebook.csv` and `codebook.md`, which are
published, `held.parquet` and `held.json`, which stay in the restricted zone; `<tier>/ended.json` ends a tier.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from etl.errors import Refused
from etl.privacy.frozen import STATEMENT, digest
from etl.privacy.microdata.ended import read_ended

RECORDS, CODEBOOK, PAGES = "records.parquet", "codebook.csv", "codebook.md"
HELD, LEVELS = "held.parquet", "held.json"


def check_frozen(frozen: Path, releases: Path) -> None:
    """That all frozen microdata are there, untouched, and those among them that releases tell of.

    Raises:
        Refused: they are not.
    """
    for folder in sorted(frozen.glob("*/[0-9]*")):
        _check(folder)
    for told in _told(releases):
        if not _is_held(frozen / told["tier"], told):
            raise _refused(frozen / told["tier"], f"{told['tier']} {told.get('year', '')}")


def check_one_tier(releases: Path, released: str) -> None:
    """That releases hold no file of a tier other than `released`: two tiers of the same persons, joined by what both
    tell, are judged by no limit of either.

    Raises:
        Refused: they do.
    """
    others = sorted({told["tier"] for told in _told(releases)} - {released})
    if others:
        raise Refused(
            f"已发布过另一档微观数据，不能改发 {released} | microdata of another tier were released, and {released} "
            f"cannot be: {', '.join(others)}",
            where="rules/microdata.yaml",
            rule="released: 一个库只公开一档微观数据 | a store releases one tier of microdata",
            remedy=f"改回 released: {others[0]}；它若已终止，不再有公开的微观数据；其他各档只可按合同交付 | put back "
            f"released: {others[0]}; if it has ended, no microdata are released any more; other tiers can be handed "
            "over under contract alone",
        )


def _told(releases: Path) -> Iterator[Mapping[str, Any]]:
    """What releases tell of their microdata, oldest first by name."""
    for path in sorted(releases.glob(f"[0-9]*/open/{STATEMENT}")):
        told = json.loads(path.read_text("utf-8")).get("microdata")
        if told:
            yield told


def _is_held(home: Path, told: Mapping[str, Any]) -> bool:
    """Whether what a release tells of a tier is so: it has ended, or its file of a year is this one."""
    if "ended" in told:
        return read_ended(home) is not None
    records = home / str(told["year"]) / RECORDS
    return records.exists() and digest(records) == told["sha256"]


def _check(folder: Path) -> None:
    """That the files of a frozen year are there, untouched."""
    try:
        content = json.loads((folder / LEVELS).read_text("utf-8"))
        touched = [name for name, mark in content["sha256"].items() if digest(folder / name) != mark]
    except (OSError, ValueError, KeyError):
        touched = [LEVELS]
    if touched:
        raise _refused(folder, ", ".join(touched))


def _refused(folder: Path, what: str) -> Refused:
    return Refused(
        f"已冻结的微观数据缺失或被改动 | frozen microdata are missing or were touched: {what}",
        where=str(folder),
        rule="frozen microdata",
        remedy="从备份恢复整个文件夹；不要重造 | restore the whole folder from a backup; do not make it anew",
    )
