"""Checking names against numbers: one pair, or as many as a bid evaluator has on a list."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from dashboards.lookup.checking.pairs import Pair
from dashboards.lookup.checking.suiting import (
    employer_suits,
    is_under_way,
    specialty_suits,
    standing_of,
)
from dashboards.lookup.finding.normalise import pinyin_keys
from dashboards.lookup.finding.queries import Row, find_certificates, find_identified
from dashboards.lookup.finding.question import Question
from dashboards.lookup.finding.records import Days, read_person
from dashboards.lookup.finding.validity import is_over
from dashboards.lookup.visit import Visit
from etl.clean.spelling import name_key
from etl.signing import identifier, is_payload

# What a pair may come to; the registrations of `agrees` tell the rest.
NOT_READ, NOT_FOUND, MISMATCH, AGREES = "unread", "not_found", "mismatch", "agrees"
FORGED = "forged"


@dataclass(frozen=True)
class Verdict:
    """What a pair came to: `certificate` and the posts on unfinished projects of its holder where it agrees.

    `employer` is that of the day asked about, under any certificate of the person in force then; None where what is
    published does not tell it, or, as `is_registered` tells, where none was in force.

    `right_specialty` and `right_employer` are answers of `suiting`, empty where nothing was asked. `is_named`: a name
    was typed, not the text of a QR code alone.
    """

    pair: Pair
    outcome: str
    public_id: str = ""
    certificate: Row | None = None
    unfinished: tuple[Row, ...] = ()
    employer: str | None = None
    right_specialty: str = ""
    right_employer: str = ""
    is_registered: bool = True
    is_named: bool = True

    @property
    def text(self) -> str:
        """Key of the text that tells the outcome: without a name, a QR code is genuine, and no name agrees."""
        return f"verify.{self.outcome}" if self.is_named or self.outcome != AGREES else "verify.genuine"

    @property
    def employer_text(self) -> str:
        """Key of the text that tells why no employer is named."""
        return "verify.employer.unsure" if self.is_registered else "verify.employer.none"

    @property
    def registrations(self) -> Sequence[Row]:
        return (self.certificate or {}).get("registration", ())

    @property
    def is_out_of_force(self) -> bool:
        return self.certificate is not None and is_over(self.certificate)

    @property
    def answers(self) -> frozenset[str]:
        """Everything that it answers, by the keys of `answers` in settings.yaml."""
        told = {
            self.outcome: True,
            "out_of_force": self.is_out_of_force,
            f"specialty.{self.right_specialty}": self.right_specialty != "",
            f"employer.{self.right_employer}": self.right_employer != "",
            "unfinished": bool(self.unfinished),
        }
        return frozenset(key for key, holds in told.items() if holds)


@dataclass(frozen=True)
class Receipt:
    """What was answered, one line of JSON for the release and days and one for each pair; `code` is its SHA-256."""

    lines: tuple[str, ...]

    @property
    def code(self) -> str:
        """SHA-256 of the lines as UTF-8, joined by line feeds: who asks the same on the same day gets the same."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


@dataclass(frozen=True)
class Match:
    """What a pair comes to, and the certificate that agrees, of which nothing more was read yet.

    `holders`: public identifiers of those whom the answer tells of; a mismatch tells that the number is somebody's.
    """

    pair: Pair
    outcome: str
    certificate: Row | None = None
    holders: tuple[str, ...] = ()


async def match(visit: Visit, pairs: Sequence[Pair]) -> tuple[Match, ...]:
    """What each pair comes to, in the order given: the same is asked of the release whether it agrees or not."""
    return tuple([await _match(visit, pair) for pair in pairs])


async def verify(visit: Visit, matches: Sequence[Match], asked: date | None) -> tuple[Verdict, ...]:
    """The verdict on each pair, in the order given."""
    return tuple([await _verdict(visit, each, asked) for each in matches])


def counted(visit: Visit, verdicts: Sequence[Verdict]) -> tuple[tuple[str, int], ...]:
    """How many of a list have each answer, without those that nobody has, in the order of the settings."""
    counts = Counter(key for verdict in verdicts for key in verdict.answers)
    return tuple((key, counts[key]) for key in visit.settings.answers if counts[key])


def notes(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The texts that say what an answer does not mean or what to do about it, of those that somebody has."""
    outcomes = {verdict.outcome for verdict in verdicts}
    return tuple(f"verify.{outcome}.note" for outcome in (NOT_FOUND, NOT_READ) if outcome in outcomes)


def receipt_of(visit: Visit, verdicts: Sequence[Verdict], asked: date | None) -> Receipt:
    """The receipt of everything that was answered; see docs/lookup.md."""
    about = visit.release.about
    head = [about["version"], about["as_of"], visit.today.isoformat(), asked and asked.isoformat()]
    told = [head, *map(_answered, verdicts)]
    return Receipt(
        tuple(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for line in told)
    )


def _answered(verdict: Verdict) -> list[object]:
    pair = verdict.pair
    standings = [(row.get("specialty_code", ""), standing_of(row)) for row in verdict.registrations]
    return [
        *(pair.name, pair.number, pair.specialty, pair.employer),
        verdict.outcome,
        verdict.public_id,
        sorted([code, standing.key, dict(standing.values)] for code, standing in standings),
        verdict.right_specialty,
        verdict.employer or "",
        verdict.right_employer,
        sorted({post["project_key"] for post in verdict.unfinished}),
    ]


async def _match(visit: Visit, pair: Pair) -> Match:
    typed = (pair.name, pair.number, pair.specialty, pair.employer)
    if not pair.number or max(map(len, typed)) > visit.settings.fact_characters:
        return Match(pair, NOT_READ)
    release = visit.release
    proven = identifier(pair.number, visit.qr_key()) if is_payload(pair.number) else ""
    if proven is None:
        return Match(pair, FORGED)
    question = Question(number=pair.number)
    numbered = find_certificates(question, release.columns, visit.settings.most_results)
    found = await visit.ask(find_identified(proven) if proven else numbered)
    found = [row for row in found if row["public_id"] not in visit.opened.withdrawn]
    same = [row for row in found if not pair.name or _is_named(row, pair.name)]
    if not same:
        return Match(pair, MISMATCH if found else NOT_FOUND, holders=tuple(map(_holder, found)))
    return Match(pair, AGREES, same[0], (_holder(same[0]),))


async def _verdict(visit: Visit, found: Match, asked: date | None) -> Verdict:
    pair, release = found.pair, visit.release
    if found.certificate is None:
        return Verdict(pair, found.outcome)
    public_id = found.certificate["public_id"]
    days = Days(visit.today, date.fromisoformat(release.about["as_of"]), asked)
    person = await visit.ask(read_person(public_id, release.columns, days)) or {}
    certificates = sorted(person["certificate"], key=lambda c: c["public_id"] != public_id)
    certificate = certificates[0]
    name = pair.name or certificate.get("person_name") or certificate.get("person_name_en") or ""
    right_employer, employer = employer_suits(pair.employer, certificates, days)
    return Verdict(
        replace(pair, name=name),
        AGREES,
        person["public_id"],
        certificate,
        tuple(post for post in person.get("post", ()) if is_under_way(post, asked)),
        employer,
        specialty_suits(pair.specialty, certificate, release, asked),
        right_employer,
        not all(map(is_over, certificates)),
        bool(pair.name),
    )


def _holder(certificate: Row) -> str:
    holder: str = certificate.get("holder_public_id") or certificate["public_id"]
    return holder


def _is_named(certificate: Row, typed: str) -> bool:
    keys = {certificate.get("person_name_key"), certificate.get("person_name_en_key")} - {None}
    readings = set(pinyin_keys(typed))
    return name_key(typed) in keys or certificate.get("person_name_pinyin") in readings
