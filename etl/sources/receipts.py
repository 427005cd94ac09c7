"""When, and under which name, bytes were first received: received again, they are nothing new.

A name matters only by what it says: sources, snapshot, series and division. Bytes that come again under a name
that says the same keep their first name. The day whose state they show is the one that the name says, else the one
when the source was retrieved; where neither is told, it is taken to be the as-of date of the build that first met
them, which the build says. A store that begins anew meets them anew.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from etl.sources.batch import Unit
from etl.sources.files import Received

FILE = "receipts.json"


@dataclass(frozen=True)
class Receipt:
    """A file under its first name: the day that stands in for a date it does not carry; where it is now."""

    file: Received
    identity: str
    on: date | None


def read_receipts(staging: Path) -> dict[str, tuple[str, date | None]]:
    """Identity -> name and day, of the files behind a staging folder."""
    path = staging / FILE
    if not path.exists():
        return {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    return {
        key: (item["name"], date.fromisoformat(item["on"]) if item["on"] else None)
        for key, item in kept.items()
    }


def write_receipts(receipts: Sequence[Receipt], folder: Path) -> None:
    content = {r.identity: {"name": r.file.name, "on": r.on.isoformat() if r.on else None} for r in receipts}
    (folder / FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def settle(
    files: Sequence[Received],
    known: Mapping[str, tuple[str, date | None]],
    identify: Callable[[Received], str],
    as_of: date | None,
) -> tuple[list[Receipt], dict[str, str]]:
    """Each identity once, in order of name, and the files that only repeat another: name -> the name that holds."""
    identities = {file.name: identify(file) for file in files}
    ordered = sorted(
        files, key=lambda file: (known.get(identities[file.name], ("",))[0] != file.name, file.name)
    )
    settled: dict[str, Receipt] = {}
    again: dict[str, str] = {}
    taken = {file.name for file in files}
    for file in ordered:
        identity = identities[file.name]
        if identity in settled:
            again[file.name] = settled[identity].file.name
            continue
        name, on = known.get(identity, (file.name, as_of))
        if name in taken:
            name = file.name
        taken.add(name)
        day = min(filter(None, (on, as_of)), default=None)
        settled[identity] = Receipt(replace(file, name=name), identity, day)
    return sorted(settled.values(), key=lambda receipt: receipt.file.name), again


def undated_lines(units: Iterable[Unit]) -> Iterator[str]:
    """What to tell of sheets that carry no date: which day they are taken to show, and how many of which source."""
    found: dict[str, Counter[str]] = {}
    for unit in units:
        if unit.received_on is None:
            found.setdefault(unit.state_on or "", Counter())[unit.source] += 1
    for day, sources in sorted(found.items()):
        named = ", ".join(f"{name} {count}" for name, count in sorted(sources.items()))
        taken = (
            f"按首次收到那次构建的截止日 {day} 计 | taken to show {day}, as of the build that first met them"
            if day
            else "也没有 --as-of，日期不明 | nor is there --as-of: their day is not known"
        )
        yield f"没有注明日期的表 sheets without a date: {named}；{taken}"
