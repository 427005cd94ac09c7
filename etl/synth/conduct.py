"""Records of good or bad conduct, of constructors and of enterprises, with their windows of publication."""

import numpy as np
import pyarrow as pa

from etl.synth.arrays import (
    Days,
    Floats,
    Ints,
    add_months,
    dates,
    digits,
    draw,
    pick,
    repeated,
    texts,
    year_of,
)
from etl.synth.calibration import days, normalised
from etl.synth.career import Career
from etl.synth.tables import Columns


def integrity(career: Career, own: Ints) -> Columns:
    """One row a record: those of the chunk's constructors, then those of its `own` enterprises."""
    persons = _of_persons(career)
    firms = _of_enterprises(career, own, len(persons["integrity_no"]))
    return {name: pa.concat_arrays([persons[name], firms[name]]) for name in persons}


def _of_persons(career: Career) -> Columns:
    rng, people = career.rng(23), career.people
    certificate, day = _by_constructors(career, rng)
    absent = pa.nulls(len(day), pa.string())
    return {
        **_decisions(career, rng, day, "contents", 0),
        "registration_no": pick(career.registration_no, certificate),
        "id_number": pick(career.identity, people.holder[certificate]),
        "enterprise_code": absent,
        "enterprise_name": absent,
        "subject_name": pick(career.name, people.holder[certificate]),
    }


def _of_enterprises(career: Career, own: Ints, before: int) -> Columns:
    """Records of enterprises, under the name of the day of the decision; numbered after the `before` of persons."""
    rng, firms = career.rng(26), career.world.all
    enterprise, day = _by_enterprises(career, own, rng)
    absent = pa.nulls(len(day), pa.string())
    name = firms.name_on(enterprise, day)
    return {
        **_decisions(career, rng, day, "enterprise_contents", before),
        "registration_no": absent,
        "id_number": absent,
        "enterprise_code": pick(firms.code, enterprise),
        "enterprise_name": name,
        "subject_name": name,
    }


def _decisions(career: Career, rng: np.random.Generator, day: Days, contents: str, before: int) -> Columns:
    """What was decided on the given days, by whom and for how long it is published; numbered after `before`."""
    calibration, chunk = career.calibration, career.chunk
    numbers, count, serial = calibration["integrity"], len(day), before + np.arange(len(day))
    kinds, levels = numbers["kinds"], numbers["levels"]
    kind = draw(rng, normalised([share for share, _, _ in kinds.values()]), count)
    months = np.array([[low, high] for _, low, high in kinds.values()])[kind]
    length = (months[:, 0] + rng.random(count) * (months[:, 1] - months[:, 0] + 1)).astype(np.int64)
    level = draw(rng, normalised(list(levels.values())), count)
    words = [rng.choice(numbers[contents][list(kinds)[index]]) for index in kind]
    decision = [
        f"{numbers['decision'][list(kinds)[item]]}〔{year}〕{900000 + index}号"
        for index, item, year in zip(serial, kind, year_of(day), strict=True)
    ]
    published = (day + rng.integers(3, 20, count)).astype(np.int32)
    window = np.array([add_months(published[i : i + 1], int(length[i]))[0] for i in range(count)], np.int32)
    return {
        "integrity_no": texts(
            repeated("SYN", count),
            digits(np.full(count, int(chunk.province.code) * 100 + chunk.number), 4),
            digits(serial, 6),
        ),
        "kind_code": pick([calibration.code("kind_code", text) for text in kinds], kind),
        "decision_no": pa.array(decision, pa.string()),
        "authority_name": pa.array(_authority_names(career, level), pa.string()),
        "authority_level_code": pick(
            [calibration.code("authority_level_code", text) for text in levels], level
        ),
        "content": pa.array([str(item) for item in words], pa.string()),
        "decided_on": dates(day),
        "public_from": dates(published),
        "public_to": dates(window),
    }


def _authority_names(career: Career, level: Ints) -> list[str]:
    """The authority of each level, with its province unless it is the nation's."""
    numbers = career.calibration["integrity"]
    national = list(numbers["levels"]).index(numbers["nation_level"])
    names = [
        name if place == national else career.chunk.province.short + name
        for place, name in enumerate(numbers["authorities"].values())
    ]
    return [names[place] for place in level]


def _by_constructors(career: Career, rng: np.random.Generator) -> tuple[Ints, Days]:
    """(certificate, day) of records: a yearly rate, much higher in a few enterprises."""
    numbers, people = career.calibration["integrity"], career.people
    begin = np.maximum(people.first_on, days(numbers["first_on"]))
    today = np.full(len(people.holder), career.as_of, np.int32)
    rate = numbers["yearly_per_certificate"] * _weight(career, career.spells.employer(people.holder, today))
    certificate, day = _drawn(career, rng, rate, begin, today)
    kept = career.held.active(certificate, day) & (day < career.as_of)
    return certificate[kept], day[kept]


def _by_enterprises(career: Career, own: Ints, rng: np.random.Generator) -> tuple[Ints, Days]:
    """(enterprise, day) of records: a yearly rate while it exists, much higher in the same few enterprises."""
    numbers, firms = career.calibration["integrity"], career.world.all
    begin = np.maximum(firms.established_on[own], days(numbers["first_on"]))
    until = np.minimum(firms.ended_on[own], career.as_of)
    place, day = _drawn(career, rng, numbers["yearly_per_enterprise"] * _weight(career, own), begin, until)
    kept = day < until[place]
    return own[place[kept]], day[kept]


def _weight(career: Career, enterprise: Ints) -> Floats:
    """How many times the usual rate the conduct of an enterprise and its constructors is recorded."""
    numbers = career.calibration["integrity"]
    heavy = (enterprise * 2654435761 % 1000) < 1000 * numbers["heavy_enterprises"]
    return np.where(heavy, numbers["heavy_factor"], 1.0)


def _drawn(
    career: Career, rng: np.random.Generator, rate: Floats, begin: Days, until: Days
) -> tuple[Ints, Days]:
    """(subject, batch day) of records drawn at yearly rates between two days."""
    years = np.maximum(until - begin, 0) / 365
    count = rng.poisson(rate * years)
    subject = np.repeat(np.arange(len(count)), count)
    day = (begin[subject] + rng.random(len(subject)) * years[subject] * 365).astype(np.int32)
    return subject, career.scene.calendar.batch(day)
