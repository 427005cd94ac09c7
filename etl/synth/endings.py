"""How certificates end: cancelled while in force, or closed after they lapsed."""

from dataclasses import dataclass

import numpy as np

from etl.synth.arrays import NEVER, Days, Flags, Ints, draw
from etl.synth.calibration import normalised
from etl.synth.career import Career


@dataclass(frozen=True)
class Ending:
    """Per certificate: `struck` (cancelled while in force on `struck_on`), `lapsed` (closed on `lapsed_on`
    after its validity had passed), `reason` (index into `reasons`, and into `statuses` that follow)."""

    struck: Flags
    struck_on: Days
    lapsed: Flags
    lapsed_on: Days
    reason: Ints
    reasons: list[str]
    statuses: list[str]


def ending(career: Career) -> Ending:
    """Endings of all certificates of a chunk."""
    calibration, held, people, rng = career.calibration, career.held, career.people, career.rng(12)
    numbers, count = calibration["cancellation"], len(people.holder)
    struck = np.zeros(count, bool)
    struck[held.certificate[held.windows.registration[held.windows.cancelled]]] = True
    last = held.windows.last(len(held.certificate))
    final = np.zeros(count, np.int32)
    np.maximum.at(final, held.certificate, held.windows.until[last])
    closed_now = np.zeros(count, bool)
    closed_now[held.certificate[held.windows.cancelled[last]]] = True
    low, high = calibration["validity"]["lapsed_cancelled_after_days"]
    lapsed_on = career.scene.calendar.batch((final + rng.integers(low, high, count)).astype(np.int32))
    lapsed = (rng.random(count) < calibration["validity"]["lapsed_cancelled"]) & ~closed_now
    lapsed &= lapsed_on <= career.as_of
    labels = [*numbers["reasons"], numbers["lapsed_reason"], numbers["age_reason"]]
    reason = draw(rng, normalised(list(numbers["reasons"].values())), count)
    aged = final >= people.limit[people.holder]
    reason = np.where(lapsed, len(labels) - 2 + aged, reason)
    return Ending(
        struck=struck,
        struck_on=np.where(struck, people.cancelled_on, NEVER).astype(np.int32),
        lapsed=lapsed,
        lapsed_on=lapsed_on,
        reason=reason,
        reasons=[calibration.code("cancellation_reason_code", text) for text in labels],
        statuses=[
            calibration.code("status_code", numbers["status_by_reason"].get(text, numbers["status"]))
            for text in labels
        ],
    )
