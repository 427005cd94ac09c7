"""Asking: from a form to an outcome, the same for pages and for JSON."""

from dataclasses import dataclass
from typing import Any

from dashboards.lookup.queries import Row, find_certificates, find_enterprises
from dashboards.lookup.question import Question
from dashboards.lookup.visit import Visit


@dataclass(frozen=True)
class Outcome:
    """`kind`: found, none, broad (too many: one more fact is needed) or refused; `reason` says why refused."""

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
    rows: list[dict[str, Any]]
    if question.enterprise:
        rows = await visit.ask(find_enterprises(question, columns, most))
        found = {"enterprises": tuple(rows)}
    else:
        rows = await visit.ask(find_certificates(question, columns, most))
        found = {"certificates": tuple(rows)}
    if len(rows) > most:
        return Outcome(question, "broad")
    return Outcome(question, "found" if rows else "none", **found)
