"""What constructors do: projects led, hours of education, months of insurance."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.synth.arrays import (
    NEVER,
    Days,
    Ints,
    dates,
    digits,
    draw,
    pick,
    repeated,
    texts,
    within,
    year_of,
    ymd,
)
from etl.synth.calibration import days
from etl.synth.career import Career
from etl.synth.tables import Columns, coded, divisions, prefectures, specialties
from etl.synth.validity import RENEWAL


@dataclass(frozen=True)
class _Projects:
    """Projects led: by which certificate, for which enterprise, from when to when (`end` may be ahead)."""

    certificate: Ints
    enterprise: Ints
    start: Days
    end: Days
    number: pa.Array


def _led(career: Career) -> _Projects:
    """Projects of persons whose certificate is in force when the work starts."""
    calibration, spells, rng = career.calibration, career.spells, career.rng(20)
    numbers = calibration["projects"]
    spell = np.flatnonzero(rng.random(len(spells.person)) < numbers["per_spell"])
    begin = np.maximum(spells.start[spell], days(numbers["first_on"]))
    until = np.minimum(spells.until[spell], career.as_of)
    start = (begin + 30 + rng.random(len(spell)) * np.maximum(until - begin - 60, 0)).astype(np.int32)
    own = career.certificates[spells.person[spell]]
    certificate = np.where(own[:, 1] >= 0, own[:, 1], own[:, 0])
    ok = (start < until) & career.held.active(certificate, start)
    low, high = numbers["days"]
    end = start + rng.integers(low, high, len(spell)).astype(np.int32)
    kept = np.flatnonzero(ok)
    kept = kept[np.argsort(start[kept], kind="stable")]
    chunk = career.chunk
    region = 990_000 + int(chunk.province.code) * 100 + chunk.number
    number = texts(
        digits(np.full(len(kept), region), 6),
        digits(ymd(start[kept]) % 1_000_000, 6),
        digits(within(start[kept].astype(np.int64)) + 1, 4),
    )
    return _Projects(certificate[kept], spells.enterprise[spell][kept], start[kept], end[kept], number)


def projects(career: Career) -> Columns:
    """One row a project."""
    calibration, rng, led = career.calibration, career.rng(21), _led(career)
    numbers, count, firms = calibration["projects"], len(led.start), career.world.all
    elsewhere = rng.random(count) < numbers["elsewhere"]
    anywhere = draw(rng, calibration.first_grade_weights, count)
    province = np.where(elsewhere, anywhere, firms.province[led.enterprise])
    first = np.zeros(count, np.int64)
    prefecture = np.where(province == firms.province[led.enterprise], firms.prefecture[led.enterprise], first)
    amount = np.round(rng.lognormal(np.log(numbers["amount_median"]), numbers["amount_sigma"], count), 2)
    serial = digits(np.arange(count) + 1, 6)
    return {
        "project_no": led.number,
        "project_name": texts(
            repeated(numbers["name"][0], count), serial, repeated(numbers["name"][1], count)
        ),
        "project_type_code": coded(calibration, "project_type_code", numbers["types"], rng, count),
        "division_code": divisions(calibration, province),
        "prefecture_code": prefectures(calibration, province, prefecture),
        "enterprise_code": pick(firms.code, led.enterprise),
        "contract_amount": pc.cast(pa.array(amount), pa.decimal128(18, 2), safe=False),
        "started_on": dates(led.start),
        "completed_on": dates(np.where(led.end <= career.as_of, led.end, NEVER)),
    }


def bindings(career: Career) -> Columns:
    """One row a stage of a project at which its manager was registered."""
    calibration, rng, led = career.calibration, career.rng(22), _led(career)
    numbers = calibration["projects"]
    stages = numbers["stages"]
    offset = np.array([item[0] for item in stages.values()])
    recorded = np.array([item[1] for item in stages.values()])
    completion = list(stages).index(numbers["completion"])
    shape = (len(led.start), len(stages))
    day = np.where(np.arange(len(stages)) == completion, led.end[:, None], led.start[:, None] + offset)
    project, stage = np.nonzero((rng.random(shape) < recorded) & (day <= career.as_of))
    certificate = led.certificate[project]
    codes = [calibration.code("stage_code", text) for text in stages]
    return {
        "project_no": pick(led.number, project),
        "stage_code": pick(codes, stage),
        "registration_no": pick(career.registration_no, certificate),
        "id_number": pick(career.identity, career.people.holder[certificate]),
        "enterprise_code": pick(career.world.all.code, led.enterprise[project]),
        "bound_on": dates(day[project, stage].astype(np.int32)),
    }


def education(career: Career) -> Columns:
    """One row a specialty registration and period: hours in the year of its renewal."""
    numbers, rng, held = career.calibration["education"], career.rng(24), career.held
    windows = held.windows
    due = np.flatnonzero((windows.how == RENEWAL) & (windows.event_on <= career.as_of))
    due = due[rng.random(len(due)) < numbers["recorded"]]
    registration = windows.registration[due]
    certificate = held.certificate[registration]
    factor = np.where(held.rank[registration] > 0, numbers["further_specialty_factor"], 1.0)
    extra = rng.integers(0, numbers["spread"], (2, len(due)))
    return {
        "registration_no": pick(career.registration_no, certificate),
        "id_number": pick(career.identity, career.people.holder[certificate]),
        "specialty_code": specialties(career, registration),
        "period_year": pa.array(year_of(windows.event_on[due])),
        "compulsory_hours": pa.array((numbers["compulsory"] * factor).astype(np.int64) + extra[0]),
        "elective_hours": pa.array((numbers["elective"] * factor).astype(np.int64) + extra[1]),
    }


def insurance(career: Career) -> Columns:
    """One row a person and month paid for, by the registered unit except for a small share."""
    numbers, rng, world = career.calibration["insurance"], career.rng(25), career.world
    own = career.certificates
    today = np.full(len(own), career.as_of, np.int32)
    active = career.held.active(own[:, 0], today) | career.held.active(own[:, 1], today)
    person = np.flatnonzero(active & (rng.random(len(own)) < numbers["paid"]))
    payer = career.spells.employer(person, today[: len(person)])
    other = world.draw(rng, world.all.province[payer])
    payer = np.where(rng.random(len(person)) < numbers["mismatch"], other, payer)
    months = int(numbers["months"])
    this_month = today[:1].astype("M8[D]").astype("M8[M]")
    first = (this_month - 1 - np.arange(months)).astype("M8[D]").astype(np.int64).astype(np.int32)
    everyone = np.tile(np.arange(len(person)), months)
    return {
        "id_number": pick(career.identity, person[everyone]),
        "enterprise_code": pick(world.all.code, payer[everyone]),
        "insured_month": dates(np.repeat(first, len(person))),
    }
