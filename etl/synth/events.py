"""Registration events: what happened to a certificate, on which batch day, between which units."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.synth.arrays import NEVER, Days, Ints, dates, digits, pick, repeated, texts, ymd
from etl.synth.career import Career
from etl.synth.endings import Ending
from etl.synth.tables import Columns, specialties
from etl.synth.validity import ADDED, AGAIN, INITIAL, RENEWAL

_KINDS = {
    INITIAL: "initial",
    RENEWAL: "renewal",
    ADDED: "added",
    AGAIN: "again",
    4: "transfer",
    5: "rename",
    6: "cancelled",
}
_TRANSFER, _RENAME, _CANCELLED = 4, 5, 6


@dataclass(frozen=True)
class _Part:
    """Events of one kind in columns; -1 and NEVER stand for absent."""

    kind: Ints
    certificate: Ints
    registration: Ints
    day: Days
    source: Ints
    target: Ints
    valid_to: Days
    reason: Ints


def events(career: Career, closing: Ending) -> Columns:
    """One row an event: per specialty where a specialty begins or is renewed, else per certificate."""
    parts = [_windows(career), _transfers(career), _renames(career), _cancellations(career, closing)]
    merged = _Part(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in _Part.__annotations__)
    )
    kept = merged.day <= career.as_of
    order = np.lexsort((merged.registration, merged.kind, merged.certificate, merged.day))
    order = order[kept[order]]
    part = _Part(*(getattr(merged, name)[order] for name in _Part.__annotations__))
    calibration, people, firms = career.calibration, career.people, career.world.all
    labels = calibration["registration"]["event"]
    codes = [calibration.code("event_type_code", labels[_KINDS[kind]]) for kind in range(len(_KINDS))]
    before = np.where(part.source >= 0, part.day - (part.kind == _RENAME), part.day).astype(np.int32)
    return {
        "event_no": _numbers(career, len(order)),
        "registration_no": pick(career.registration_no, part.certificate),
        "id_number": pick(career.identity, people.holder[part.certificate]),
        "person_name": pick(career.name, people.holder[part.certificate]),
        "event_type_code": pick(codes, part.kind),
        "specialty_code": specialties(career, part.registration),
        "enterprise_name_from": firms.name_on(part.source, before),
        "enterprise_code_from": pick(firms.code, part.source),
        "enterprise_name": firms.name_on(part.target, part.day),
        "enterprise_code": pick(firms.code, part.target),
        "event_on": dates(part.day),
        "valid_to": dates(part.valid_to),
        "cancellation_reason_code": pick(closing.reasons, part.reason),
        "batch_no": _batches(part.day),
    }


def _windows(career: Career) -> _Part:
    """Initial, renewed, added and repeated registrations: the openings of validity windows."""
    windows, held = career.held.windows, career.held
    certificate = held.certificate[windows.registration]
    person, nothing = career.people.holder[certificate], np.full(len(certificate), -1)
    employer = career.spells.employer(person, windows.event_on)
    return _Part(
        windows.how,
        certificate,
        windows.registration,
        windows.event_on,
        nothing,
        employer,
        windows.valid_to,
        nothing,
    )


def _of_certificates(career: Career, kind: int, person: Ints, day: Days, units: tuple[Ints, Ints]) -> _Part:
    """A change of persons, on each certificate that is in force and did not begin that day."""
    own, (source, target) = career.certificates[person], units
    parts = []
    for certificate in own.T:
        ok = career.held.active(certificate, day) & (career.people.first_on[certificate] < day)
        kept = np.flatnonzero(ok)
        nothing = np.full(len(kept), -1)
        parts.append(
            _Part(
                np.full(len(kept), kind),
                certificate[kept],
                nothing,
                day[kept],
                source[kept],
                target[kept],
                np.full(len(kept), NEVER, np.int32),
                nothing,
            )
        )
    return _Part(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Part.__annotations__))


def _transfers(career: Career) -> _Part:
    """Moves between units, except those made by registering anew."""
    spells, windows = career.spells, career.held.windows
    again = windows.how == AGAIN
    holder = career.people.holder[career.held.certificate[windows.registration[again]]]
    anew = np.unique(holder << 17 | windows.event_on[again])
    moved = np.flatnonzero(~spells.first)
    moved = moved[~np.isin(spells.person[moved] << 17 | spells.start[moved], anew)]
    return _of_certificates(
        career,
        _TRANSFER,
        spells.person[moved],
        spells.start[moved],
        (spells.enterprise[moved - 1], spells.enterprise[moved]),
    )


def _renames(career: Career) -> _Part:
    """Changes of the unit's name while the person works there: no move."""
    spells = career.spells
    day = career.world.all.renamed_on[spells.enterprise]
    here = np.flatnonzero((spells.start < day) & (day < spells.until) & (day <= career.as_of))
    firm = spells.enterprise[here]
    return _of_certificates(career, _RENAME, spells.person[here], day[here], (firm, firm))


def _cancellations(career: Career, closing: Ending) -> _Part:
    """Certificates cancelled while in force, and lapsed ones closed."""
    certificate = np.r_[np.flatnonzero(closing.struck), np.flatnonzero(closing.lapsed)]
    day = np.r_[closing.struck_on[closing.struck], closing.lapsed_on[closing.lapsed]]
    nothing = np.full(len(certificate), -1)
    employer = career.spells.employer(career.people.holder[certificate], (day - 1).astype(np.int32))
    return _Part(
        np.full(len(certificate), _CANCELLED),
        certificate,
        nothing,
        day,
        nothing,
        employer,
        np.full(len(certificate), NEVER, np.int32),
        closing.reason[certificate],
    )


def _numbers(career: Career, count: int) -> pa.Array:
    """Event numbers: SYN, province, chunk, serial."""
    chunk = career.chunk
    return texts(
        repeated("SYN", count),
        digits(np.full(count, int(chunk.province.code)), 2),
        digits(np.full(count, chunk.number), 2),
        digits(np.arange(count), 8),
    )


def _batches(day: Days) -> pa.Array:
    """Numbers of the notices, by year and half month."""
    number = ymd(day)
    batch = (number // 100 % 100 - 1) * 4 + np.minimum((number % 100 - 1) // 7, 3) + 1
    return pc.binary_join_element_wise(
        texts(digits(number // 10_000, 4)),
        texts(repeated("年第", len(day)), digits(batch, 2), repeated("批", len(day))),
        "",
    )
