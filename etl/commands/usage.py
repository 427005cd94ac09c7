"""A parser of arguments that speaks both languages; the library's own words are English only."""

import argparse
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Any, NoReturn

_OPTION = r"argument (?P<name>.+?): "
# The library's sentences, each with ours before it. Groups are filled in; the first that fits holds.
_SENTENCES = {
    rf"{_OPTION}(?P<told>.+\| .+)": "{name}: {told}",
    rf"{_OPTION}expected one argument": "{name}: 需要一个值 | expected one value",
    rf"{_OPTION}expected at least one argument": "{name}: 需要至少一个值 | expected at least one value",
    rf"{_OPTION}invalid choice: (?P<value>.+) \(choose from (?P<choices>.+)\)": (
        "{name}: 没有 {value} 这一项 | no such choice: {value}；可选 choose from: {choices}"
    ),
    rf"{_OPTION}invalid (?P<type>\w+) value: (?P<value>.+)": (
        "{name}: 值 {value} 不是 {type} | value {value} is not of type {type}"
    ),
    rf"{_OPTION}ignored explicit argument (?P<value>.+)": (
        "{name}: 不接受值 {value} | takes no value, but got {value}"
    ),
    rf"{_OPTION}not allowed with argument (?P<other>.+)": (
        "{name}: 不可与 {other} 同用 | not allowed with {other}"
    ),
    r"the following arguments are required: (?P<names>.+)": "缺少 {names} | required: {names}",
    r"one of the arguments (?P<names>.+) is required": "{names} 须给一个 | one of {names} is required",
    r"unrecognized arguments: (?P<names>.+)": "不认识 {names} | unrecognised: {names}",
    r"ambiguous option: (?P<name>.+) could match (?P<matches>.+)": (
        "{name} 可指 {matches} | {name} could mean {matches}"
    ),
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose usage, help and errors are Chinese first, English second; errors exit with 2."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, add_help=False, formatter_class=_Help, allow_abbrev=False)
        self._positionals.title = "参数 arguments"
        self._optionals.title = "选项 options"
        self.add_argument("-h", "--help", action="help", help="显示帮助 | show this help")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """As the library's, but what is not known is told by the command that it was given to, and first."""
        if self._subparsers is None:
            options = takewhile("--".__ne__, args or ())
            self._refuse([text for text in options if self._is_unknown(text)])
        known, rest = super().parse_known_args(args, namespace)
        self._refuse(rest)
        return known, rest

    def _is_unknown(self, text: str) -> bool:
        name = text.partition("=")[0]
        return name.startswith("--") and " " not in text and name not in self._option_string_actions

    def _refuse(self, unknown: Sequence[str]) -> None:
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.format_usage()}{self.prog}: {in_both(message)}\n")


class _Help(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "用法 usage: " if prefix is None else prefix)


def in_both(message: str) -> str:
    """A sentence of the library in both languages; one that is not known is at least announced in both."""
    for pattern, sentence in _SENTENCES.items():
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return sentence.format(**match.groupdict())
    return f"用法有误 | bad usage: {message}"
