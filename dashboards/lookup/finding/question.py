"""What may be asked: one exact number, a full name with one more fact, an enterprise or a project."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import groupby

from dashboards.lookup.finding.normalise import has_han
from etl.clean.spelling import name_key, number_key

TAIL = 4
_SEPARATORS = re.compile(r"[\s,，、;；/|]+")
_LATIN = re.compile(r"[^\W\d_]+(?:['’·-][^\W\d_]+)*")
# A number as `number_key` writes it: at most one Chinese character before, a bracket behind.
# The digit is looked for once, ahead: looked for within the run, a long one would take its square in time.
_NUMBER = re.compile(r"[^\W\d_]?(?=[A-Z-]*[0-9])[0-9A-Z-]+(?:\(.\))?")
_DOTS = ("·", "・", "•")
_LONGEST_NAME = 4


@dataclass(frozen=True)
class Vocabulary:
    """Words that name a fact: key of a spelling -> code."""

    divisions: Mapping[str, str]
    specialties: Mapping[str, str]
    prefectures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """The facts a visitor gave, as typed, without surrounding space; empty = not given.

    `q` is the one box as typed; `words` is what in it may name an enterprise or a project.
    """

    q: str = ""
    number: str = ""
    name: str = ""
    employer: str = ""
    division: str = ""
    prefecture: str = ""
    specialty: str = ""
    tail: str = ""
    words: str = ""

    @classmethod
    def of(
        cls, form: Mapping[str, str], facts: frozenset[str], vocabulary: Vocabulary, longest: int
    ) -> "Question":
        """The facts of a form that this register can answer; everything else in it is ignored.

        What is longer than `longest`, for which it will be refused, is cut short: neither read nor told any further.
        """
        names = [field.name for field in fields(cls) if field.name in facts]
        given = cls(**{name: form.get(name, "").strip()[: longest + 1] for name in names})
        return replace(given, **_read(given.q, facts, vocabulary)) if given.q else given

    @property
    def given(self) -> dict[str, str]:
        """The fields that ask it again: the box as typed, or the single facts."""
        names = ("q",) if self.q else [field.name for field in fields(self)]
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    @property
    def is_personal(self) -> bool:
        """Whether it may find a person: a number, or a name with one more fact."""
        return bool(self.number or (self.name and self._has_more))

    @property
    def _has_more(self) -> bool:
        """Whether there is a fact that, beside a name, may find a person."""
        return any((self.employer, self.division, self.prefecture, self.specialty, self.tail))

    def refusal(self, longest: int) -> str | None:
        """Why it may not be asked (`long`, `empty`, `name_only`, `no_name`, `tail`); None when it may."""
        given = [getattr(self, field.name) for field in fields(self)]
        if max(map(len, given)) > longest:
            return "long"
        if self.tail and not self.number and len(number_key(self.tail)) != TAIL:
            return "tail"
        if self.is_personal or self.words:
            return None
        if self.name:
            return "name_only"
        return "no_name" if self._has_more else "empty"


def is_number(word: str) -> bool:
    """Whether a word may be a certificate, registration or enterprise number."""
    return _NUMBER.fullmatch(number_key(word)) is not None


def _read(text: str, facts: frozenset[str], vocabulary: Vocabulary) -> dict[str, str]:
    """The facts in the one box.

    A word with a digit is a number, or the end of one where it has four characters; then come divisions,
    prefectures, specialties and names. What is left is the employer of somebody named. Without a number all of it may
    also name an enterprise or a project.
    """
    if is_number(text):
        return {"number": text}
    found: dict[str, str] = {}
    place, rest = "", list[str]()
    for word in _words(text, vocabulary):
        fact, value = _fact(word, vocabulary)
        if fact in facts and fact not in found:
            found[fact] = value
            place = word if fact == "prefecture" else place
        else:
            rest.append(word)
    # With nothing beside it that it could be a fact of, it is the name of somebody or something (黄山).
    if place and not rest and "number" not in found:
        del found["prefecture"]
        rest = [place]
    # A longer word beside another fact may be a transliterated name whose dots were left out.
    person = next(filter(_may_be_a_person, rest), rest[0] if found and len(rest) == 1 else "")
    person = person if "name" in facts else ""
    others = [word for word in rest if word != person]
    if person:
        found["name"] = person
    if person and others and "employer" in facts:
        found["employer"] = "".join(others)
    if "number" not in found and "tail" not in found and "words" in facts:
        found["words"] = "".join(rest) or text
    return found


def _fact(word: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """The fact that a single word states, and its value; empty for any other word."""
    number, name = number_key(word), name_key(word)
    if is_number(word):
        return ("tail" if len(number) == TAIL else "number"), word
    if code := vocabulary.divisions.get(name):
        return "division", code
    # In Latin letters many a prefecture is a given name as well (Li Xiangyang).
    if has_han(word) and (code := vocabulary.prefectures.get(name)):
        return "prefecture", code
    if code := vocabulary.specialties.get(name):
        return "specialty", code
    return "", ""


def _words(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Words of the box: Latin ones that follow each other are one name, and so are single characters (张 伟)."""
    for (is_latin, is_single, _), group in _grouped(filter(None, _SEPARATORS.split(text)), vocabulary):
        if is_latin or is_single:
            yield (" " if is_latin else "").join(group)
        else:
            yield from group


def _grouped(
    words: Iterable[str], vocabulary: Vocabulary
) -> Iterator[tuple[tuple[bool, bool, bool], list[str]]]:
    def kind(word: str) -> tuple[bool, bool, bool]:
        is_latin = not has_han(word) and _LATIN.fullmatch(word) is not None
        is_fact = bool(_fact(word, vocabulary)[0])
        return is_latin and not is_fact, len(word) == 1 and not is_fact and not is_latin, is_fact

    return ((key, list(group)) for key, group in groupby(words, key=kind))


def _may_be_a_person(word: str) -> bool:
    return not has_han(word) or len(name_key(word)) <= _LONGEST_NAME or any(dot in word for dot in _DOTS)
