"""Checking names against numbers: one pair, or as many as a bid evaluator has on a list."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboards.lookup.normalise import pinyin_keys
from dashboards.lookup.queries import Row, find_certificates
from dashboards.lookup.question import Question, is_number
from dashboards.lookup.records import Days, read_person
from dashboards.lookup.validity import Standing
from dashboards.lookup.visit import Visit
from etl.clean.spelling import name_key

# What a pair may come to; the registrations of `agrees` tell the rest.
NOT_READ, NOT_FOUND, MISMATCH, AGREES = "unread", "not_found", "mismatch", "agrees"
_SEPARATORS = re.compile(r"[,，;；\t]|\s{2,}")


@dataclass(frozen=True)
class Pair:
    """One line of a list: a name and a number, in either order, as typed."""

    name: str
    number: str

    @classmethod
    def of(cls, line: str) -> "Pair":
        """The parts of a line; empty ones where it is not a name and a number."""
        parts = [part.strip() for part in _SEPARATORS.split(line) if part.strip()]
        words = parts if len(parts) > 1 else line.rsplit(maxsplit=1)
        numbers = [word for word in words if is_number(word)]
        names = [word for word in words if word not in numbers]
        return cls(names[0], numbers[0]) if len(numbers) == len(names) == 1 else cls(line.strip(), "")


@dataclass(frozen=True)
class Verdict:
    """What a pair came to: `certificate` and the posts on unfinished projects of its holder where it agrees."""

    pair: Pair
    outcome: str
    public_id: str = ""
    certificate: Row | None = None
    unfinished: tuple[Row, ...] = ()

    @property
    def registrations(self) -> Sequence[Row]:
        return (self.certificate or {}).get("registration", ())


def pairs_of(text: str) -> tuple[Pair, ...]:
    """The pairs of a pasted list, one a line; empty lines are passed over."""
    return tuple(Pair.of(line) for line in text.splitlines() if line.strip())


async def verify(visit: Visit, pairs: Sequence[Pair], asked: date | None) -> tuple[Verdict, ...]:
    """The verdict on each pair, in the order given."""
    return tuple([await _verdict(visit, pair, asked) for pair in pairs])


def receipt(visit: Visit, verdicts: Sequence[Verdict], asked: date | None) -> str:
    """SHA-256 of release, day and answers: who asks the same of the same release gets the same."""
    told = {
        "release": visit.release.about["version"],
        "on": asked.isoformat() if asked else None,
        "answers": [
            [
                verdict.pair.name,
                verdict.pair.number,
                verdict.outcome,
                *sorted(f"{r['specialty_code']} {_told(r).key}" for r in verdict.registrations),
            ]
            for verdict in verdicts
        ],
    }
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _told(registration: Mapping[str, Any]) -> Standing:
    standing: Standing = registration.get("on") or registration["meaning"]
    return standing


async def _verdict(visit: Visit, pair: Pair, asked: date | None) -> Verdict:
    if not pair.number or max(len(pair.name), len(pair.number)) > visit.settings.fact_characters:
        return Verdict(pair, NOT_READ)
    release, question = visit.release, Question(number=pair.number)
    found = await visit.ask(find_certificates(question, release.columns, visit.settings.most_results))
    found = [row for row in found if row["public_id"] not in visit.opened.withdrawn]
    same = [row for row in found if _is_named(row, pair.name)]
    if not same:
        return Verdict(pair, MISMATCH if found else NOT_FOUND)
    days = Days(visit.today, date.fromisoformat(release.about["as_of"]), asked)
    person = await visit.ask(read_person(same[0]["public_id"], release.columns, days)) or {}
    certificate = next(c for c in person["certificate"] if c["public_id"] == same[0]["public_id"])
    unfinished = tuple(post for post in person.get("post", ()) if not post.get("completed_on"))
    return Verdict(pair, AGREES, person["public_id"], certificate, unfinished)


def _is_named(certificate: Row, typed: str) -> bool:
    keys = {certificate.get("person_name_key"), certificate.get("person_name_en_key")} - {None}
    readings = set(pinyin_keys(typed))
    return name_key(typed) in keys or certificate.get("person_name_pinyin") in readings
