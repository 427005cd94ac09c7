"""Which parts of an XLSX are its sheets: those that the workbook names, wherever they stand.

Names are compared as calamine does: without case, either slash.
"""

import zipfile
from dataclasses import dataclass, field

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.markup import feed, safe_parser
from etl.sources.readers.packed import pieces

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_REMEDY = "用 Excel 重新另存为 .xlsx 后提交 | save again as .xlsx and send it"

Parts = dict[str, zipfile.ZipInfo]


def parts_of(source: Input, container: zipfile.ZipFile) -> Parts:
    """Every part by its name in lower case. Raises BadInput for two of one name."""
    parts: Parts = {}
    for entry in container.infolist():
        if parts.setdefault(_key(entry.filename), entry) is not entry:
            raise _broken(source, "两个部件同名 | two parts of one name")
    return parts


def sheet_parts(source: Input, container: zipfile.ZipFile, parts: Parts) -> list[zipfile.ZipInfo]:
    """The parts that hold sheets. Raises BadInput when the workbook names one that is not there."""
    if _WORKBOOK not in parts or _RELATIONS not in parts:
        raise _broken(source, "没有工作簿目录 | no list of sheets")
    relations, sheets = _Relations(source), _Sheets()
    for name, handler in ((_RELATIONS, relations), (_WORKBOOK, sheets)):
        parser = safe_parser(source)
        parser.StartElementHandler = handler.start
        feed(source, parser, pieces(source, container, parts[name]))
    wanted = dict.fromkeys(_key(relations.targets.get(each, "")) for each in sheets.relations)
    if not all(name in parts for name in wanted):
        raise _broken(source, "工作表部件不存在或在工作簿之外 | a sheet is missing or outside the workbook")
    return [parts[name] for name in wanted]


@dataclass
class _Relations:
    """Relation -> the name of the part that it leads to, from the root of the container."""

    source: Input
    targets: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "Relationship":
            return
        target, relation = attributes.get("Target", ""), attributes.get("Id", "")
        if relation in self.targets:
            raise _broken(self.source, "两个关系同名 | two relations of one name")
        self.targets[relation] = target[1:] if target.startswith("/xl/") else f"xl/{target}"


@dataclass
class _Sheets:
    """The relations under which the workbook names its sheets."""

    relations: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            self.relations += [value for key, value in attributes.items() if key.rpartition(":")[2] == "id"]


def _key(name: str) -> str:
    return name.replace("\\", "/").lower()


def _broken(source: Input, what: str) -> BadInput:
    return BadInput(what, source.name, "workbook", _REMEDY)
