"""XML: a record is an element that holds one element a field, under pinyin short names (`xm`, `qymc`) or others."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from etl.errors import BadInput
from etl.sources.readers.base import Format, Input, Sheet
from etl.sources.readers.encoding import as_utf8
from etl.sources.readers.grid import load_rows, no_header
from etl.sources.readers.markup import fed, safe_parser
from etl.sources.readers.packed import bomb

_CHUNK = 1 << 18
# Attributes that speak of the document, not of the record.
_OF_DOCUMENT = ("xmlns", "xsi:", "xml:")
_Record = tuple[str, list[tuple[str, str]]]


def read_xml(source: Input) -> Iterator[Sheet]:
    """One sheet for every path of records with a known name.

    Attributes are fields too, those of a field named `field@attribute`. source_row counts the records of the
    path. A record that names a field twice is a reject. Records without a known name, such as the head of the
    document, must be ignored by the source: each of their fields, or an element of their path; the notices tell
    them. Raises BadInput for such that are not, for a document type, for what is not well-formed, and where no
    path has a known name.
    """
    text = replace(source, path=as_utf8(source))
    counts: Counter[str] = Counter()
    names: dict[str, dict[str, None]] = {}
    for path, fields in _records(text):
        counts[path] += 1
        names.setdefault(path, {}).update(dict.fromkeys(name for name, _ in fields))
        if max(len(names), len(names[path])) > source.limits.columns:
            raise bomb(source, f"> {source.limits.columns} names")
    ignored = [path for path, fields in names.items() if _is_ignored(source, path, fields)]
    others = [path for path in names if path not in ignored]
    wanted = [path for path in others if any(_is_mapped(source, name) for name in names[path])]
    if not wanted:
        raise no_header(source)
    for path in others:
        if path not in wanted:
            raise _unknown_records(source, f"{path} ({', '.join(names[path])})", counts[path])
    notices = [f"按来源说明不读 | not read, as the source says: {path}" for path in ignored]
    for place, path in enumerate(wanted):
        part = replace(source, table=f"{source.table}_{place}")
        headers = tuple(names[path])
        found = (fields for other, fields in _records(text) if other == path)
        rows = ((number, _cells(headers, fields)) for number, fields in enumerate(found, start=1))
        sheet = load_rows(part, headers, rows, locator=f"#{path}" if len(wanted) > 1 else "")
        yield replace(sheet, notices=() if place else tuple(notices))


FORMAT = Format("xml", (".xml",), read_xml)


def _is_mapped(source: Input, name: str) -> bool:
    return source.is_header(name) and not source.is_ignored(name)


def _is_ignored(source: Input, path: str, fields: Iterable[str]) -> bool:
    return any(map(source.is_ignored, path.split("/"))) or all(map(source.is_ignored, fields))


def _unknown_records(source: Input, what: str, count: int) -> BadInput:
    remedy = (
        "字段名或元素名写入 metadata/sources/（不要的列入 ignored） |"
        " name the fields or the element under metadata/sources/, under ignored what is not wanted"
    )
    message = f"{count} 条记录没有已知字段 | {count} records without known field: {what}"
    return BadInput(message, source.name, "known fields", remedy)


def _cells(headers: tuple[str, ...], fields: list[tuple[str, str]]) -> list[str]:
    """Cells in the order of the headers; those of a field named again stand beyond them."""
    cells, surplus = dict.fromkeys(headers, ""), []
    for name, value in fields:
        if cells[name]:
            surplus.append(value)
        else:
            cells[name] = value
    return [*cells.values(), *surplus]


@dataclass
class _Element:
    name: str
    fields: list[tuple[str, str]]
    has_children: bool = False
    text: list[str] = field(default_factory=list)
    size: int = 0


@dataclass
class _Records:
    """Follows the elements: one that has fields is a record, given out when it ends."""

    source: Input
    done: deque[_Record] = field(default_factory=deque)
    stack: list[_Element] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.stack:
            self.stack[-1].has_children = True
        size = sum(len(key) + len(value) for key, value in attributes.items())
        if size > self.source.limits.line:
            raise bomb(self.source, f"> {self.source.limits.line >> 10} KiB in a tag")
        if len(attributes) > self.source.limits.columns:
            raise bomb(self.source, f"> {self.source.limits.columns} attributes")
        kept = [(key, value) for key, value in attributes.items() if not key.startswith(_OF_DOCUMENT)]
        self.stack.append(_Element(name.rpartition(":")[2], kept))
        if len(self.stack) > self.source.limits.columns:
            raise bomb(self.source, f"> {self.source.limits.columns} levels")

    def text(self, text: str) -> None:
        element = self.stack[-1]
        element.size += len(text)
        if element.size > self.source.limits.line:
            raise bomb(self.source, f"> {self.source.limits.line >> 10} KiB in an element")
        element.text.append(text)

    def end(self, _: str) -> None:
        path = "/".join(element.name for element in self.stack)
        element = self.stack.pop()
        value = "".join(element.text).strip()
        is_record = element.has_children or any(self.source.is_header(key) for key, _ in element.fields)
        if is_record or not self.stack:
            # Text beside elements has no name: a column without header, which no layout accepts.
            element.fields += [("", value)] if value else []
            if element.fields:
                self.done.append((path, element.fields))
            return
        attributes = [(f"{element.name}@{key}", content) for key, content in element.fields]
        self.stack[-1].fields += [(element.name, value), *attributes]
        if len(self.stack[-1].fields) > self.source.limits.columns:
            raise bomb(self.source, f"> {self.source.limits.columns} fields")


def _records(source: Input) -> Iterator[_Record]:
    records = _Records(source)
    # The text is UTF-8 by now, whatever its declaration says.
    parser = safe_parser(source, "utf-8")
    parser.StartElementHandler = records.start
    parser.EndElementHandler = records.end
    parser.CharacterDataHandler = records.text
    with source.path.open("rb") as file:
        for _ in fed(source, parser, iter(partial(file.read, _CHUNK), b"")):
            while records.done:
                yield records.done.popleft()
