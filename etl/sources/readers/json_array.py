"""JSON: an array of objects, or an object that holds one, rewritten as JSON lines one object at a time."""

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import IO

from etl.errors import BadInput
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.encoding import as_utf8, undecodable
from etl.sources.readers.json_lines import read_objects

_CHUNK = 1 << 18
# Objects around the array.
_DEEPEST = 100
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_BREAK = re.compile(r"[\r\n]")
_REMEDY = "一个对象数组，或含有一个数组的对象 | an array of objects, or an object that holds one"


def read_json(source: Input) -> Iterator[Sheet]:
    """The one sheet of a JSON file; source_row counts the elements of the array.

    Raises BadInput where there is no array of objects, or more than one, or one that does not end.
    """
    target = source.scratch / f"{source.table}.jsonl"
    try:
        with (
            as_utf8(source).open(encoding="utf-8-sig", newline="") as text,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            # A line break can only stand between the tokens of an element.
            out.writelines(_BREAK.sub(" ", element) + "\n" for element in _elements(_Text(source, text)))
    except UnicodeDecodeError as error:
        raise undecodable(source.name, error.reason) from None
    yield read_objects(replace(source, path=target))
    target.unlink()


FORMAT = Format("json", (".json",), read_json)


class _Text:
    """A text read piece by piece, of which the part before `place` is done with."""

    def __init__(self, source: Input, file: IO[str]) -> None:
        self.source, self.file = source, file
        self.held, self.place, self.is_whole = "", 0, False

    def next(self) -> str:
        """The next character that is not blank, "" at the end."""
        while True:
            found = _BLANK.match(self.held, self.place)
            self.place = found.end() if found else self.place
            if self.place < len(self.held) or not self._more():
                return self.held[self.place : self.place + 1]

    def take(self, character: str) -> bool:
        """Step over the next character when it is this one."""
        if self.next() != character:
            return False
        self.place += 1
        return True

    def value(self) -> str:
        """The text of the next value. Raises BadInput when there is none, or it is too long."""
        self.next()
        while True:
            try:
                _, end = _DECODER.raw_decode(self.held, self.place)
            except (ValueError, RecursionError):
                end = len(self.held)
                is_broken = True
            else:
                is_broken = False
            # A number may go on in the next piece.
            if end < len(self.held) or self.is_whole:
                if is_broken:
                    raise self.error()
                start, self.place = self.place, end
                return self.held[start:end]
            self._more()

    def error(self) -> BadInput:
        message = "JSON 不完整，或不是对象数组 | JSON does not end, or is no array of objects"
        return BadInput(message, self.source.name, "JSON", _REMEDY)

    def _more(self) -> bool:
        if len(self.held) - self.place > self.source.limits.line:
            raise self.error()
        piece = self.file.read(_CHUNK)
        self.held, self.place = self.held[self.place :] + piece, 0
        self.is_whole = not piece
        return bool(piece)


def _elements(text: _Text) -> Iterator[str]:
    arrays = 1
    if text.next() == "[":
        yield from _array(text)
    else:
        arrays = yield from _object(text, 1)
    if text.next() or arrays != 1:
        raise text.error()


def _object(text: _Text, depth: int) -> Generator[str, None, int]:
    """Elements of every array in an object, or in objects in it; how many arrays there were."""
    if depth > _DEEPEST or not text.take("{"):
        raise text.error()
    arrays = 0
    while not text.take("}"):
        text.value()
        if not text.take(":"):
            raise text.error()
        if text.next() == "[":
            arrays += 1
            yield from _array(text)
        elif text.next() == "{":
            arrays += yield from _object(text, depth + 1)
        else:
            text.value()
        if not text.take(",") and text.next() != "}":
            raise text.error()
    return arrays


def _array(text: _Text) -> Iterator[str]:
    text.take("[")
    while not text.take("]"):
        yield text.value()
        if not text.take(",") and text.next() != "]":
            raise text.error()
