"""Whether a certificate suits a bid: the specialty, the employer, and the projects that are not finished."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dashboards.lookup.finding.queries import Row
from dashboards.lookup.finding.records import Days, employer_on
from dashboards.lookup.finding.validity import IN_FORCE, Standing, is_over
from dashboards.lookup.release import Release
from etl.clean.spelling import name_key, number_key

# Answers on the specialty: registered and in force, registered but not in force, not registered, no such specialty.
VALID, NOT_VALID, NONE, UNREAD = "valid", "not_valid", "none", "unread"
# Answers on the employer, beside that nobody was registered; and of either where what is published does not tell.
SAME, OTHER, UNSURE = "same", "other", "unsure"
_UNCERTAIN = {"valid.lapsed", "on.began", "on.ended", "on.untold", "on.after"}


def standing_of(registration: Mapping[str, Any]) -> Standing:
    """What a registration means on the day that was asked about, else today."""
    standing: Standing = registration.get("on") or registration["meaning"]
    return standing


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
    told = [row for row in certificate.get("registration", ()) if row.get("specialty_code") == code]
    found = {standing_of(row).key for row in told}
    if found & IN_FORCE:
        return VALID
    if found & _UNCERTAIN:
        return UNSURE
    earlier = any(row.get("specialty_code") == code for row in certificate.get("earlier", ()))
    return NOT_VALID if found else UNSURE if asked and earlier else NONE


def employer_suits(typed: str, certificates: Sequence[Row], days: Days) -> tuple[str, str | None]:
    """Whether the person was at the employer typed on the day, by full name or code, and the employer that tells it.

    `certificates` are all of one person, first the one asked about. The employer of any that is in force is right, for
    a person is registered by several; without one the first that is known is told, None where there is none.
    """
    employers = [employer_on(certificate, days) for certificate in certificates]
    told = next(filter(None, employers), None)
    if not typed:
        return "", told
    answers = [_suits(typed, c, employer) for c, employer in zip(certificates, employers, strict=True)]
    answer = next(each for each in (SAME, UNSURE, OTHER, NONE) if each in answers)
    return answer, employers[answers.index(SAME)] if answer == SAME else told


def _suits(typed: str, certificate: Row, employer: str | None) -> str:
    if not employer:
        return NONE if is_over(certificate) else UNSURE
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
