"""What the scan looks for and how deep, as data (`metadata/rules/leakscan.yaml`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Number:
    """Digits that may not appear: how many, how they begin, and the name of a further check, if any.

    `by_cell`: forms of bytes in which it is not looked for, since their cells are read one by one.
    """

    kind: str
    digits: int
    starts: tuple[str, ...]
    check: str | None
    by_cell: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pattern:
    """A regular expression over bytes. With `literal`, bytes without it need not be looked at."""

    kind: str
    regex: re.Pattern[bytes]
    literal: bytes | None


@dataclass(frozen=True)
class Rules:
    """Numbers and patterns, and the limits of the scan; `closed` are formats by the bytes they begin with.

    `depth`: archives within archives; `unpacked`: bytes that one file may unpack to; `least_ascii` and
    `least_other`: characters that a value must have to be looked for; `addresses`: how many one crawl asks for.
    """

    numbers: tuple[Number, ...]
    patterns: tuple[Pattern, ...]
    closed: Mapping[str, bytes]
    depth: int
    unpacked: int
    least_ascii: int
    least_other: int
    addresses: int

    @property
    def shortest(self) -> int:
        """Digits of the shortest number that is looked for."""
        return min(number.digits for number in self.numbers)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Rules":
        """The rules that a checked metadata file holds."""
        return cls(
            numbers=tuple(_number(item) for item in content["numbers"]),
            patterns=tuple(_pattern(item) for item in content["patterns"]),
            closed={name: bytes.fromhex(begin) for name, begin in content["closed"].items()},
            depth=content["limits"]["depth"],
            unpacked=content["limits"]["unpacked"],
            least_ascii=content["values"]["least_ascii"],
            least_other=content["values"]["least_other"],
            addresses=content["live"]["addresses"],
        )


def _number(item: Mapping[str, Any]) -> Number:
    return Number(
        item["kind"],
        item["digits"],
        tuple(item["starts"]),
        item.get("check"),
        frozenset(item.get("by_cell", ())),
    )


def _pattern(item: Mapping[str, Any]) -> Pattern:
    literal = item.get("literal")
    return Pattern(item["kind"], re.compile(item["regex"].encode()), literal.encode() if literal else None)
