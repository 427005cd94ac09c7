"""Rosters: persons with their specialty registrations, enterprises, qualifications, as they stand."""

import numpy as np
import pyarrow as pa

from etl.synth.arrays import Days, Ints, add_months, dates, digits, pick, texts
from etl.synth.calibration import normalised
from etl.synth.career import Career
from etl.synth.cohort import GRADES
from etl.synth.endings import Ending
from etl.synth.tables import Columns, coded, constant, divisions, prefectures_of, specialties


def registrations(career: Career, closing: Ending) -> Columns:
    """One row a specialty registration, with its present period of validity."""
    held, people, calibration = career.held, career.people, career.calibration
    certificate, count = held.certificate, len(held.certificate)
    last, person = held.windows.last(count), people.holder[certificate]
    firms, last_day = career.world.all, _last_days(career, last)
    employer = career.spells.employer(person, last_day)
    numbers = calibration["persons"]
    sexes = [calibration.code("sex_code", numbers["sex"][name]) for name in ("female", "male")]
    categories = calibration["registration"]["category"]
    education = coded(calibration, "education_code", numbers["education"], career.rng(10), len(people.birth))
    document = calibration.code("id_type_code", numbers["identity_document"])
    return {
        "person_name": pick(career.name, person),
        "sex_code": pick(sexes, people.male[person]),
        "birth_date": dates(people.birth[person]),
        "id_type_code": constant(document, count),
        "id_number": pick(career.identity, person),
        "education_code": pick(education, person),
        "qualification_year": pa.array(people.qualified[certificate]),
        "enterprise_name": firms.name_on(employer, last_day),
        "enterprise_code": pick(firms.code, employer),
        "division_code": divisions(calibration, firms.province[employer]),
        "prefecture_code": prefectures_of(calibration, firms, employer),
        "registration_no": pick(career.registration_no, certificate),
        "certificate_no": pick(career.certificate_no, certificate),
        "category_code": pick(
            [calibration.code("category_code", categories[name]) for name in GRADES],
            people.grade[certificate],
        ),
        "specialty_code": specialties(career, np.arange(count)),
        "first_registered_on": dates(people.first_on[certificate]),
        "valid_from": dates(held.windows.valid_from[last]),
        "valid_to": dates(held.windows.valid_to[last]),
        "status_code": _status(career, closing, last),
    }


def _last_days(career: Career, last: Ints) -> Days:
    """The day until which the roster follows each certificate: its last in force, or the register's."""
    held = career.held
    final = np.zeros(len(career.people.holder), np.int32)
    np.maximum.at(final, held.certificate, held.windows.until[last])
    return np.minimum(final, career.as_of)[held.certificate].astype(np.int32)


def _status(career: Career, closing: Ending, last: Ints) -> pa.Array:
    """Status on the date of the register: in force, past validity, or closed by a decision."""
    calibration, windows = career.calibration, career.held.windows
    valid, historic = (
        calibration.code("status_code", calibration["registration"]["status"][name])
        for name in ("valid", "historic")
    )
    certificate = career.held.certificate
    closed = windows.cancelled[last] | closing.lapsed[certificate]
    index = np.where(
        closed, 2 + closing.reason[certificate], np.where(windows.until[last] >= career.as_of, 0, 1)
    )
    return pick([valid, historic, *closing.statuses], index)


def enterprises(career: Career, own: Ints) -> Columns:
    """One row an enterprise, under its present name."""
    calibration, firms = career.calibration, career.world.all
    natures = [calibration.code("nature_code", text) for text in calibration["enterprises"]["nature"]]
    return {
        "enterprise_code": pick(firms.code, own),
        "enterprise_name": firms.name_on(own, np.full(len(own), career.as_of, np.int32)),
        "nature_code": pick(natures, firms.nature[own]),
        "division_code": divisions(calibration, firms.province[own]),
        "prefecture_code": prefectures_of(calibration, firms, own),
        "established_on": dates(firms.established_on[own]),
        "ended_on": dates(firms.ended_on[own]),
    }


def qualifications(career: Career, own: Ints) -> Columns:
    """One row a qualification of an enterprise."""
    calibration, firms, rng = career.calibration, career.world.all, career.rng(11)
    numbers = calibration["qualifications"]
    names = list(numbers["names"])
    count = np.minimum(1 + rng.poisson(numbers["per_enterprise"] - 1, len(own)), len(names))
    enterprise = np.repeat(own, count)
    weights = normalised(list(numbers["names"].values()))
    order = np.argsort(rng.exponential(1, (len(own), len(names))) / weights, axis=1)
    rank = np.arange(len(enterprise)) - np.repeat(np.cumsum(count) - count, count)
    name = order[np.repeat(np.arange(len(own)), count), rank]
    months = 12 * int(numbers["validity_years"])
    granted = career.as_of - rng.integers(1, months * 30, len(enterprise)).astype(np.int32)
    serial = rng.permutation(len(enterprise))
    return {
        "enterprise_code": pick(firms.code, enterprise),
        "qualification_no": texts(
            np.full((len(enterprise), 1), ord("S"), np.uint8),
            digits(np.full(len(enterprise), int(career.chunk.province.code)), 2),
            digits(np.full(len(enterprise), career.chunk.number), 2),
            digits(serial, 6),
        ),
        "qualification_code": pick([calibration.code("qualification_code", text) for text in names], name),
        "grade_code": coded(calibration, "grade_code", numbers["grades"], rng, len(enterprise)),
        "valid_from": dates(granted),
        "valid_to": dates(add_months(granted, months) - 1),
    }
