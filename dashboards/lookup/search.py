"""Asking: from a form to an outcome, the same for pages and for JSON."""

from dataclasses import dataclass
from http import HTTPStatus

from dashboards.lookup.queries import (
    Row,
    find_certificates,
    find_enterprises,
    read_certificate,
    read_enterprise,
)
from dashboards.lookup.question import Question
from dashboards.lookup.visit import Problem, Visit


@dataclass(frozen=True)
class Outcome:
    """`kind`: found, none, broad (too many: one more fact is needed) or refused (see `reason`)."""

    question: Question
    kind: str
    reason: str = ""
    certificates: tuple[Row, ...] = ()
    enterprises: tuple[Row, ...] = ()

    @property
    def key(self) -> str:
        """Key of the text that tells the outcome."""
        return f"outcome.{self.reason or self.kind}"

    @property
    def status(self) -> int:
        return 422 if self.kind == "refused" else 200


async def search(visit: Visit) -> Outcome:
    """Answers the posted question. More rows than may be shown are not shown at all, and not counted."""
    question = Question.of(await visit.form(), visit.release.facts)
    most, columns = visit.settings.most_results, visit.release.columns
    if reason := question.refusal(visit.settings.fact_characters):
        return Outcome(question, "refused", reason)
    find = find_enterprises if question.enterprise else find_certificates
    rows = tuple(await visit.ask(find(question, columns, most)))
    if not rows or len(rows) > most:
        return Outcome(question, "broad" if rows else "none")
    if question.enterprise:
        return Outcome(question, "found", enterprises=rows)
    return Outcome(question, "found", certificates=rows)


async def certificate(visit: Visit) -> Row:
    """The certificate of the address; a `Problem` 404 when there is none."""
    return _there(await visit.ask(read_certificate(_key(visit), visit.release.columns, visit.today)))


async def enterprise(visit: Visit) -> Row:
    """The enterprise of the address; a `Problem` 404 when there is none."""
    if "enterprise" not in visit.release.columns:
        raise Problem(HTTPStatus.NOT_FOUND)
    return _there(await visit.ask(read_enterprise(_key(visit), visit.release.columns)))


def _key(visit: Visit) -> str:
    return str(visit.request.url_vars["key"])


def _there(found: Row | None) -> Row:
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND)
    return found
