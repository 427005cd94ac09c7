"""Asking: from a form to an outcome, the same for pages and for JSON."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from itertools import groupby

from dashboards.lookup.finding.queries import Row, find_certificates, find_named
from dashboards.lookup.finding.question import Question
from dashboards.lookup.finding.records import Days, meant, read_enterprise, read_person, read_project
from dashboards.lookup.guard.metering import obtain
from dashboards.lookup.visit import Problem, Visit
from etl.signing import bare, is_payload


@dataclass(frozen=True)
class Outcome:
    """`kind`: found, none, broad (too many: one more fact is needed) or refused (see `reason`).

    `persons` have `public_id`, names and those of their `certificate` rows that agree.
    """

    question: Question
    kind: str
    reason: str = ""
    persons: tuple[Row, ...] = ()
    enterprises: tuple[Row, ...] = ()
    projects: tuple[Row, ...] = ()

    @property
    def key(self) -> str:
        """Key of the text that tells the outcome."""
        return f"outcome.{self.reason or self.kind}"

    @property
    def status(self) -> int:
        return 422 if self.kind == "refused" else 200


async def search(visit: Visit) -> Outcome:
    """Answers the posted question. More rows than may be shown are not shown at all, and not counted.

    Raises:
        Problem: 303 to its answer for the text of a QR code.
    """
    release, most = visit.release, visit.settings.most_results
    longest = visit.settings.fact_characters
    form = await visit.form()
    if is_payload(scanned := bare(form.get("q", "").strip())):
        raise Problem(HTTPStatus.SEE_OTHER, {"location": visit.url("/verify", code=scanned)})
    question = Question.of(form, release.facts, release.vocabulary, longest)
    if reason := question.refusal(longest):
        return Outcome(question, "refused", reason)
    if not question.is_personal:
        return await _named(visit, question)
    found = await visit.ask(find_certificates(question, release.columns, most))
    found = [row for row in found if row["public_id"] not in visit.opened.withdrawn]
    persons = _persons([meant(row, visit.today) for row in found]) if len(found) <= most else ()
    await obtain(visit, question.given, [row["public_id"] for row in persons], unanswered=not persons)
    if len(found) > most:
        return Outcome(question, "broad")
    return Outcome(question, "found", persons=persons) if persons else await _named(visit, question)


async def _named(visit: Visit, question: Question) -> Outcome:
    """Enterprises and projects of the words or the number, where no person was found."""
    most, columns = visit.settings.most_results, visit.release.columns
    if not (question.words or question.number):
        return Outcome(question, "none")
    enterprises, projects = [
        await visit.ask(find_named(table, question, columns, most)) for table in ("enterprise", "project")
    ]
    shown = [tuple(rows) if len(rows) <= most else () for rows in (enterprises, projects)]
    if any(shown):
        return Outcome(question, "found", enterprises=shown[0], projects=shown[1])
    if enterprises or projects:
        return Outcome(question, "broad")
    return Outcome(question, "none") if question.is_personal else _nobody(question)


def _nobody(question: Question) -> Outcome:
    """Words that name no enterprise and no project may be the name of a person."""
    return Outcome(question, "refused", "name_only") if question.name else Outcome(question, "none")


def _persons(certificates: list[Row]) -> tuple[Row, ...]:
    """One row a person, in an order that tells nothing."""

    def holder(row: Row) -> str:
        return str(row.get("holder_public_id") or row["public_id"])

    grouped = groupby(sorted(certificates, key=holder), key=holder)
    return tuple({"public_id": key, "certificate": list(rows)} for key, rows in grouped)


async def person(visit: Visit) -> Row:
    """The person of the address.

    Raises:
        Problem: 404 when there is none, 410 when the person was taken down; 308 to the person's own address from
            that of another certificate.
    """
    asked = _key(visit)
    if asked in visit.opened.withdrawn:
        raise Problem(HTTPStatus.GONE)
    days = Days(visit.today, date.fromisoformat(visit.release.about["as_of"]), visit.asked)
    found = await visit.ask(read_person(asked, visit.release.columns, days))
    fields = await visit.form() if visit.request.method == "POST" else visit.query("on", "lang")
    await obtain(visit, fields, [found["public_id"]] if found else [], unanswered=not found)
    found = _there(found)
    if found["public_id"] != asked:
        raise Problem(HTTPStatus.PERMANENT_REDIRECT, {"location": visit.url(f"/p/{found['public_id']}")})
    return found


async def enterprise(visit: Visit) -> Row:
    """The enterprise of the address; a `Problem` 404 when there is none."""
    if "enterprise" not in visit.release.columns:
        raise Problem(HTTPStatus.NOT_FOUND)
    return _there(await visit.ask(read_enterprise(_key(visit), visit.release.columns, visit.today)))


async def project(visit: Visit) -> Row:
    """The project of the address; a `Problem` 404 when there is none."""
    if "project" not in visit.release.columns:
        raise Problem(HTTPStatus.NOT_FOUND)
    found = await visit.ask(read_project(_key(visit), visit.release.columns, visit.release.stages))
    posts = found["post"] if found else []
    shown = [post for post in posts if post["public_id"] not in visit.opened.withdrawn]
    managers = [post["holder_public_id"] for post in shown]
    await obtain(visit, visit.query("lang"), managers, unanswered=not managers)
    return _there(found) | {"post": shown}


def _key(visit: Visit) -> str:
    return str(visit.request.url_vars["key"])


def _there(found: Row | None) -> Row:
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND)
    return found
