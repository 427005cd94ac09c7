"""The answers to a list as a table of texts in one language, for the files that can be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboards.lookup.checking.pairs import Pair
from dashboards.lookup.checking.suiting import specialty_of, standing_of
from dashboards.lookup.checking.verify import Receipt, Verdict, counted, notes
from dashboards.lookup.visit import Visit

_COLUMNS = (
    ("place", 5.0),
    ("name", 9.0),
    ("number", 18.0),
    ("answer", 11.0),
    ("registrations", 24.0),
    ("specialty", 12.0),
    ("right_specialty", 12.0),
    ("registered_employer", 18.0),
    ("employer", 18.0),
    ("right_employer", 11.0),
    ("unfinished", 20.0),
)


@dataclass(frozen=True)
class AnswerTable:
    """`facts` are pairs of label and value; `widths` of columns in characters; a row has a text for each heading."""

    title: str
    colon: str
    facts: tuple[tuple[str, str], ...]
    headings: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    receipt_title: str
    receipt: Receipt


def answer_table(
    visit: Visit, verdicts: Sequence[Verdict], receipt: Receipt, asked: date | None
) -> AnswerTable:
    """The table of a list that was checked just now."""
    text, about = visit.telling.text, visit.release.about
    now = datetime.now(ZoneInfo(visit.settings.time_zone))
    as_of = visit.telling.day(about["as_of"])
    on = asked.isoformat() if asked else visit.today.isoformat()
    facts = (
        (text("verify.file.register"), about[f"title_{visit.lang}"]),
        (text("verify.file.release"), text("verify.file.release.value", version=about["version"], day=as_of)),
        (text("verify.file.asked"), visit.telling.day(on)),
        (text("verify.file.time"), f"{now:%Y-%m-%d %H:%M:%S} {visit.settings.time_zone}"),
        (text("verify.file.receipt"), receipt.code),
        (text("verify.file.counted"), _summary(visit, verdicts)),
        *_notes(visit, verdicts),
    )
    return AnswerTable(
        text("verify.title"),
        text("status.colon"),
        (*facts, *_notice(visit)),
        tuple(text(f"verify.column.{name}") for name, _ in _COLUMNS),
        tuple(width for _, width in _COLUMNS),
        tuple(_row(visit, place, verdict) for place, verdict in enumerate(verdicts, 1)),
        text("verify.file.note"),
        text("verify.file.receipt_lines"),
        receipt,
    )


def _notice(visit: Visit) -> tuple[tuple[str, str], ...]:
    notice = visit.release.about[f"notice_{visit.lang}"]
    return ((visit.telling.text("notice.label"), notice),) if notice else ()


def _summary(visit: Visit, verdicts: Sequence[Verdict]) -> str:
    text = visit.telling.text
    counts = (text(f"verify.count.{key}", count=count) for key, count in counted(visit, verdicts))
    return text("verify.count", count=len(verdicts)) + text("verify.columns.next").join(counts)


def _notes(visit: Visit, verdicts: Sequence[Verdict]) -> tuple[tuple[str, str], ...]:
    text = visit.telling.text
    return tuple((text("verify.file.caveat"), text(note)) for note in notes(verdicts))


def specialty_told(visit: Visit, pair: Pair) -> str:
    """The specialty that was asked about by its name in the language of the answer; as typed when there is no such."""
    code = specialty_of(pair.specialty, visit.release)
    return visit.telling.label("specialty_code", code) if code else pair.specialty


def _row(visit: Visit, place: int, verdict: Verdict) -> tuple[str, ...]:
    text, pair, certificate = visit.telling.text, verdict.pair, verdict.certificate or {}
    projects = {post["project_key"]: post.get("project_name") for post in verdict.unfinished}
    names = [name or text("person.posts.unnamed") for name in projects.values()]
    none = text("verify.unfinished.none") if verdict.certificate else ""
    answers = [verdict.text, *["verify.out_of_force"] * verdict.is_out_of_force]
    return (
        str(place),
        pair.name,
        pair.number,
        "\n".join(text(answer) for answer in answers),
        "\n".join(_registrations(visit, verdict)),
        specialty_told(visit, pair),
        text(f"verify.specialty.{verdict.right_specialty}") if verdict.right_specialty else "",
        verdict.employer or (text(verdict.employer_text) if certificate.get("enterprise_name") else ""),
        pair.employer,
        text(f"verify.employer.{verdict.right_employer}") if verdict.right_employer else "",
        "\n".join(names) or none,
    )


def _registrations(visit: Visit, verdict: Verdict) -> list[str]:
    """One line a specialty: its name and what its validity means."""
    label, means = visit.telling.label, visit.telling.standing
    return [
        f"{label('specialty_code', row.get('specialty_code'))} "
        f"{means(standing_of(row)) or label('status_code', row['status_code'])}".strip()
        for row in verdict.registrations
    ]
