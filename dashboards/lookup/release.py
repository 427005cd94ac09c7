"""What the release being served says about itself, read once when it is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datasette.utils.sqlite import sqlite3

from dashboards.lookup.finding.queries import Columns, columns_of
from dashboards.lookup.finding.question import Vocabulary
from etl.clean.spelling import name_key

# Code list of each coded column.
LISTS = {
    "category_code": "category",
    "specialty_code": "specialty",
    "status_code": "status",
    "division_code": "division",
    "division_code_from": "division",
    "division_code_to": "division",
    "prefecture_code": "prefecture",
    "nature_code": "nature",
    "kind_code": "integrity_kind",
    "change_type_code": "change_type",
    "qualification_code": "qualification",
    "grade_code": "grade",
    "stage_code": "stage",
    "project_type_code": "project_type",
    "source_name": "source",
}
Words = Mapping[str, str]


@dataclass(frozen=True)
class Release:
    """What a release says about itself, its texts and codes, and the tables and columns it has."""

    about: Mapping[str, Any]
    texts: Mapping[str, Words]
    lists: Mapping[str, Mapping[str, Words]]
    columns: Mapping[str, frozenset[str]]
    divisions: tuple[str, ...]
    prefectures: tuple[str, ...]
    specialties: tuple[str, ...]
    stages: tuple[str, ...]
    vocabulary: Vocabulary

    def text(self, key: str, lang: str) -> str:
        """A text of the lookup; the key itself when the release has none."""
        words = self.texts.get(f"lookup.{key}")
        return words[lang] if words else key

    def words(self, column: str, code: str | None) -> Words | None:
        """Both names of a code, the code itself when its list lacks it; None for an uncoded column."""
        if column not in LISTS:
            return None
        return self.listed(LISTS[column]).get(code or "") or {"zh": code or "", "en": code or ""}

    def listed(self, name: str) -> Mapping[str, Words]:
        """The codes of a list with their names, in its order; none of a list that the release lacks."""
        return self.lists.get(name, {})

    @cached_property
    def facts(self) -> frozenset[str]:
        """The facts by which this register can be asked."""
        has = self.columns["certificate"]
        found = {"q", "number"} if has & {"registration_no", "certificate_no"} else {"q"}
        if "person_name" in has:
            found |= {"name"}
            found |= {"employer"} if "enterprise_name" in has else set()
            found |= {"division"} if self.divisions else set()
            found |= {"prefecture"} if self.prefectures else set()
            found |= {"specialty"} if self.specialties else set()
            found |= {"tail"} if "registration_no" in has else set()
        found |= {"words"} if {"enterprise_fts", "project_fts"} & set(self.columns) else set()
        return frozenset(found)


def describe(connection: sqlite3.Connection) -> Release:
    """Reads everything about a release that does not depend on a question."""
    columns = columns_of(connection)
    cursor = connection.execute("SELECT * FROM release")
    about = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    texts = connection.execute("SELECT key, zh, en FROM text WHERE key GLOB 'lookup.*'")
    codes = connection.execute("SELECT list, code, zh, en, variants FROM code").fetchall()
    divisions = _used(connection, columns, "certificate", "division_code", codes)
    prefectures = _used(connection, columns, "certificate", "prefecture_code", codes)
    specialties = _used(connection, columns, "registration", "specialty_code", codes)
    return Release(
        about=about,
        texts={key: {"zh": zh, "en": en} for key, zh, en in texts},
        lists=_lists(codes),
        columns=columns,
        divisions=divisions,
        prefectures=prefectures,
        specialties=specialties,
        stages=tuple(code for name, code, *_ in codes if name == LISTS["stage_code"]),
        vocabulary=Vocabulary(
            _spelled(codes, "division_code", divisions),
            _spelled(codes, "specialty_code", specialties),
            _spelled(codes, "prefecture_code", prefectures),
        ),
    )


def _lists(codes: Sequence[Sequence[str]]) -> Mapping[str, Mapping[str, Words]]:
    lists: dict[str, dict[str, Words]] = {}
    for name, code, zh, en, _ in codes:
        lists.setdefault(name, {})[code] = {"zh": zh, "en": en}
    return lists


def _used(
    connection: sqlite3.Connection, columns: Columns, table: str, column: str, codes: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """The codes that stand in a column, in the order of their list."""
    if column not in columns.get(table, ()):
        return ()
    found = {row[0] for row in connection.execute(f"SELECT DISTINCT {column} FROM {table}")}
    return tuple(code for name, code, *_ in codes if name == LISTS[column] and code in found)


def _spelled(codes: Sequence[Sequence[str]], column: str, used: tuple[str, ...]) -> dict[str, str]:
    """Key of every name and variant that is not a number -> its code."""
    return {
        name_key(word): code
        for name, code, zh, en, variants in codes
        if name == LISTS[column] and code in used
        for word in (zh, en, *variants.split("|"))
        if word and not word.isdigit()
    }
