"""Reading: everything that a page tells of one person, enterprise or project."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from datasette.utils.sqlite import sqlite3

from dashboards.lookup.finding.queries import Columns, Query, Row, details, rows
from dashboards.lookup.finding.validity import foremost, foremost_on, is_in_force, standing, standing_on

# So much of a number tells a person's certificates apart; who is named is not told by number as well.
_END = 4
# What a project page tells of a manager.
_MANAGER = ("holder_public_id", "person_name", "person_name_en")


@dataclass(frozen=True)
class Days:
    """`today`, the day of the release, and the past day that is asked about (None: none)."""

    today: date
    as_of: date
    asked: date | None = None


def read_person(public_id: str, columns: Columns, days: Days) -> Query[Row | None]:
    """The holder of a certificate with all certificates, posts and integrity records; None when there is none.

    Shape: `public_id`, names, `certificate` (each with `registration`, `earlier`, `move` and `change` rows), `post`
    and `integrity`. A certificate and its registrations have a `meaning` today, a registration also one `on` the day
    asked about. Integrity records are told only inside their publication window today, its last day included; one
    without an end of its window is not told.
    """

    def run(connection: sqlite3.Connection) -> Row | None:
        found = rows(connection, "SELECT * FROM certificate WHERE public_id = ?", [public_id])
        if not found:
            return None
        holder = found[0].get("holder_public_id") or public_id
        if "holder_public_id" in columns["certificate"]:
            found = details(connection, columns, "certificate", holder, "holder_public_id")
        certificates = [_certificate(connection, columns, row, days) for row in found]
        person: Row = {"public_id": holder}
        person |= {name: found[0][name] for name in ("person_name", "person_name_en") if name in found[0]}
        person["certificate"] = certificates
        if "post" in columns:
            person["post"] = [post for row in found for post in _posts(connection, columns, row["public_id"])]
        if "integrity" in columns:
            records = [r for c in found for r in details(connection, columns, "integrity", c["public_id"])]
            person["integrity"] = _public(records, days.today)
        return person

    return run


def read_enterprise(key: str, columns: Columns, today: date) -> Query[Row | None]:
    """One enterprise with its `qualification` and `headcount` rows; None when there is none.

    Its `integrity` records are told as a person's are: only inside their publication window today.
    """

    def run(connection: sqlite3.Connection) -> Row | None:
        found = rows(connection, "SELECT * FROM enterprise WHERE enterprise_key = ?", [key])
        if not found:
            return None
        parts = {
            "qualification": "qualification",
            "headcount": "headcount",
            "integrity": "enterprise_integrity",
        }
        told = {
            part: details(connection, columns, table, key, "enterprise_key")
            for part, table in parts.items()
            if table in columns
        }
        if "integrity" in told:
            told["integrity"] = _public(told["integrity"], today)
        return found[0] | told

    return run


def read_project(key: str, columns: Columns, stages: tuple[str, ...]) -> Query[Row | None]:
    """One project with its `post` rows, each with the name of its manager; None when there is none.

    `stages` is the order of the stages.
    """

    def run(connection: sqlite3.Connection) -> Row | None:
        found = rows(connection, "SELECT * FROM project WHERE project_key = ?", [key])
        if not found:
            return None
        posts = []
        if "post" in columns:
            manager = ", ".join(f"c.{name}" for name in _MANAGER if name in columns["certificate"])
            query = (
                f"SELECT p.*, {manager} FROM post AS p JOIN certificate AS c ON c.public_id = p.public_id "
                "WHERE p.project_key = ? ORDER BY p.bound_on, p.public_id"
            )
            posts = sorted(rows(connection, query, [key]), key=lambda row: stages.index(row["stage_code"]))
        return found[0] | {"post": posts}

    return run


def _certificate(connection: sqlite3.Connection, columns: Columns, stored: Row, days: Days) -> Row:
    parts = ("registration", "earlier", "move", "change")
    told = {t: details(connection, columns, t, stored["public_id"]) for t in parts if t in columns}
    named = stored.get("person_name") or stored.get("person_name_en")
    number = stored.get("registration_no") or stored.get("certificate_no") or ""
    shown = {"number_end": number[-_END:]} if named else {"number": number}
    certificate = meant(stored | shown | told, days.today)
    return certificate | _then(certificate, days.asked, days) if days.asked else certificate


def _then(certificate: Row, asked: date, days: Days) -> Row:
    """What a certificate was on a past day: each `registration` and itself `on` it, and `employer_on`."""
    told, earlier = certificate.get("registration", ()), certificate.get("earlier", ())
    parts = [row | {"on": standing_on(asked, row, _of_specialty(earlier, row), days.as_of)} for row in told]
    present = {row.get("specialty_code") for row in told}
    gone = [row for row in earlier if row.get("specialty_code") not in present]
    standings = [row["on"] for row in parts] + [standing_on(asked, row, (), days.as_of) for row in gone]
    alone = [] if standings else [standing_on(asked, certificate, (), days.as_of)]
    then: Row = {"on": foremost_on([*standings, *alone])}
    then["employer_on"] = employer_on(certificate | then, days)
    return then | ({"registration": parts} if parts else {})


def meant(certificate: Row, today: date) -> Row:
    """The certificate with the `meaning` of each of its `registration` rows today, and with its own."""
    parts = [row | {"meaning": standing(row, today)} for row in certificate.get("registration", ())]
    if not parts:
        return certificate
    return certificate | {"registration": parts, "meaning": foremost([row["meaning"] for row in parts])}


def employer_on(certificate: Row, days: Days) -> str | None:
    """The employer's name on the day asked about, else today: on a past day by the moves told.

    None when they do not tell, and when the certificate was not in force or may not have been: who is not registered
    has no employer, and the name that is kept is that of the last.
    """
    if not is_in_force(certificate):
        return None
    if days.asked is None:
        return certificate.get("enterprise_name")
    month, moves = f"{days.asked:%Y-%m}", certificate.get("move")
    if days.asked > days.as_of or moves is None or any(move["month"][:7] == month for move in moves):
        return None
    later = [move for move in moves if move["month"][:7] > month]
    if later:
        before: str | None = min(later, key=lambda move: move["month"])["enterprise_name_from"]
        return before
    return certificate.get("enterprise_name")


def _of_specialty(earlier: Sequence[Row], registration: Row) -> list[Row]:
    return [row for row in earlier if row.get("specialty_code") == registration.get("specialty_code")]


def _posts(connection: sqlite3.Connection, columns: Columns, public_id: str) -> list[Row]:
    """Posts of a certificate, each with the name and the end of its project."""
    posts = details(connection, columns, "post", public_id)
    if "project" not in columns:
        return posts
    told = "project_name, completed_on, division_code"
    query = f"SELECT {told} FROM project WHERE project_key = ?"
    return [post | next(iter(rows(connection, query, [post["project_key"]])), {}) for post in posts]


def _public(records: Sequence[Row], today: date) -> list[Row]:
    """The integrity records inside their publication window."""
    return [record for record in records if _is_public(record, today.isoformat())]


def _is_public(record: Row, today: str) -> bool:
    begin, end = record.get("public_from"), record.get("public_to")
    return end is not None and (begin or today) <= today <= str(end)
