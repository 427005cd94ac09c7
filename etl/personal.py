"""Personal numbers and contacts in what somebody typed, by the shapes of `metadata/rules/personal.yaml`."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from etl.metadata.reading import read_yaml
from etl.settings import METADATA

_DIGITS = 10
# Unicode categories: format characters, and marks that are set upon another character.
_UNSEEN = ("Cf", "Mn", "Me")


@dataclass(frozen=True)
class _Number:
    """A number as a whole; what matches `passed_over` is not looked at."""

    shape: re.Pattern[str]
    passed_over: re.Pattern[str] | None


@dataclass(frozen=True)
class _Rules:
    """`run`: digits of one or several numbers, with marks between them. `offices`: texts that an office has, too."""

    digits: Mapping[str, str]
    run: re.Pattern[str]
    longest: int
    numbers: tuple[_Number, ...]
    texts: tuple[re.Pattern[str], ...]
    offices: tuple[re.Pattern[str], ...]


def is_personal(text: str, *, by_office: bool = False) -> bool:
    """Whether something like the number of an identity card or a phone, or a contact, is in a text: the shapes
    that the rules list, through the spellings of digits and marks that they name. A name, an address or another
    shape is not known.

    `by_office`: an office wrote it, which may say how it is reached itself.

    >>> [is_personal(text) for text in ("110101 19900101 1234", "幺三八 0000 ００００", "粤2442007200999997")]
    [True, True, False]
    """
    rules = _rules()
    read = _read(text, rules.digits)
    if any(shape.search(read) for shape in (*rules.texts, *(() if by_office else rules.offices))):
        return True
    return any(
        number.shape.fullmatch(spelt)
        for number in rules.numbers
        for spelt in _numbers(number.passed_over.sub(",", read) if number.passed_over else read, rules)
    )


def _numbers(text: str, rules: _Rules) -> Iterator[str]:
    """Whatever the groups of digits in a text make, each alone and with those that follow, without the marks."""
    for run in rules.run.findall(text):
        groups = re.findall("[0-9]+|X", run)
        for first in range(len(groups)):
            spelt = ""
            for group in groups[first:]:
                spelt += group
                if len(spelt) > rules.longest:
                    break
                yield spelt


def _read(text: str, digits: Mapping[str, str]) -> str:
    """NFKC in upper case, without invisible characters and what is set upon others; all digits 0 to 9."""
    plain = "".join(digits.get(each, each) for each in text)
    normal = unicodedata.normalize("NFKC", plain)
    visible = (each for each in normal if unicodedata.category(each) not in _UNSEEN)
    return "".join(map(_digit, visible)).upper()


def _digit(symbol: str) -> str:
    """The digit that a character of any script stands for; the character itself where it stands for none."""
    value = unicodedata.numeric(symbol, -1)
    return str(int(value)) if value in range(_DIGITS) else symbol


@cache
def _rules() -> _Rules:
    content = read_yaml(METADATA / "rules" / "personal.yaml", "personal")
    gap = f"[{re.escape(content['marks'])}]{{0,{content['most_marks']}}}"
    return _Rules(
        content["digits"],
        re.compile(f"[0-9](?:{gap}[0-9])*(?:{gap}X(?![0-9A-Z]))?"),
        content["longest"],
        tuple(_Number(re.compile(n["regex"]), _compiled(n.get("except"))) for n in content["numbers"]),
        *(
            tuple(
                re.compile(t["regex"], re.IGNORECASE)
                for t in content["texts"]
                if t.get("office", False) is office
            )
            for office in (False, True)
        ),
    )


def _compiled(regex: str | None) -> re.Pattern[str] | None:
    return re.compile(regex) if regex else None
