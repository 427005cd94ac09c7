"""Whether a certificate suits a bid: the specialty, the employer, and the projects that are not finished."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dashboards.lookup.finding.queries import Row
from dashboards.lookup.finding.validity import Standing
from dashboards.lookup.release import Release
from etl.clean.spelling import name_key, number_key

# Answers on the specialty: registered and in force, registered but not in force, not registered, no such specialty.
VALID, NOT_VALID, NONE, UNREAD = "valid", "not_valid", "none", "unread"
# Answers on the employer, and of either where what is published does not tell.
SAME, OTHER, UNSURE = "same", "other", "unsure"
_IN_FORCE = {"valid.until", "valid.soon", "valid.this_month", "valid.untold", "on.valid", "on.renewed"}
_UNCERTAIN = {"valid.lapsed", "on.began", "on.ended", "on.untold", "on.after"}


def standing_of(registration: Mapping[str, Any]) -> Standing:
    """What a registration means on the day that was asked about, else today."""
    standing: Standing = registration.get("on") or registration["meaning"]
    return standing


def is_out_of_force(registrations: Sequence[Row]) -> bool:
    """Whether a certificate has registrations and none of them is, or may be, in force on the day asked about."""
    return bool(registrations) and not any(
        standing_of(each).key in _IN_FORCE | _UNCERTAIN for each in registrations
    )


def specialty_of(typed: str, release: Release) -> str | None:
    """The specialty typed by name, variant or code; None when there is no such."""
    return typed if typed in release.specialties else release.vocabulary.specialties.get(name_key(typed))


def specialty_suits(typed: str, certificate: Row, release: Release, asked: date | None) -> str:
    """Whether the certificate is registered in the specialty typed, and that in force."""
    if not typed:
        return ""
    code = specialty_of(typed, release)
    if code is None:
        return UNREAD
    found = {standing_of(r).key for r in certificate.get("registration", ()) if r["specialty_code"] == code}
    if found & _IN_FORCE:
        return VALID
    if found & _UNCERTAIN:
        return UNSURE
    earlier = any(row["specialty_code"] == code for row in certificate.get("earlier", ()))
    return NOT_VALID if found else UNSURE if asked and earlier else NONE


def employer_suits(typed: str, certificate: Row, employer: str | None) -> str:
    """Whether the employer of the day, as `employer_on` tells it, has the full name or the code typed."""
    if not typed:
        return ""
    if not employer:
        return UNSURE
    if name_key(typed) == name_key(employer):
        return SAME
    code = certificate.get("enterprise_code")
    if code and number_key(typed) == code:
        return SAME if employer == certificate.get("enterprise_name") else UNSURE
    return OTHER


def is_under_way(post: Row, asked: date | None) -> bool:
    """Whether the project of a post was not complete on the day asked about, the post having begun; else today."""
    end = post.get("completed_on")
    if asked is None:
        return not end
    day = asked.isoformat()
    return (post.get("bound_on") or "") <= day and (not end or end > day)
