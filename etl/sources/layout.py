"""Which source a sheet belongs to, and which of its columns feeds which field."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from etl.clean.base import literal
from etl.errors import BadInput
from etl.metadata import Source, Split
from etl.sources.readers import header_key
from etl.sources.settings import IngestRules

_DOCUMENTATION = (
    "readme*",
    "*/readme*",
    "license",
    "license.*",
    ".*",
    "*/.*",
    "__macosx/*",
    "*/thumbs.db",
    "thumbs.db",
)
_INSIDE = re.compile(r"(.+?\.(?:zip|gz))!(.+)", re.IGNORECASE)
# Among the headers of a field: the name of the sheet, where no column has the field.
SHEET_NAME = "#sheet"
# No header of a register holds so long a number; an identifier does.
_NUMBER = re.compile(r"\d{5}")


@dataclass(frozen=True)
class Layout:
    """A source and its columns in one sheet: field -> column, and each split with its column.

    A column is a name of the sheet's table, or the sheet's own name as a SQL literal.
    """

    source: Source
    columns: dict[str, str]
    splits: tuple[tuple[Split, str], ...]


@dataclass(frozen=True)
class _Fit:
    source: Source
    fed: dict[str, list[int]]
    unknown: tuple[int, ...]
    missing: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        return not self.unknown and not self.missing


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether a relative path matches one of the globs; `**/` also means no folder at all.

    >>> matches("a.csv", ["**/*.csv"]), matches("x/a.csv", ["x/*.csv"]), matches("a.csv", ["*.xlsx"])
    (True, True, False)
    """
    return any(fnmatchcase(name, glob) or fnmatchcase(name, glob.removeprefix("**/")) for glob in globs)


def paths_of(name: str) -> tuple[str, ...]:
    """The paths by which a file is known: of one in an archive, as if it lay beside it, then the archive's.

    >>> paths_of("x/a.zip!y/b.csv"), paths_of("x/b.csv")
    (('x/y/b.csv', 'x/a.zip'), ('x/b.csv',))
    """
    found = _INSIDE.fullmatch(name)
    return ((PurePosixPath(found[1]).parent / found[2]).as_posix(), found[1]) if found else (name,)


def is_data(name: str, rules: IngestRules) -> bool:
    """Whether a file is to be read: no README or licence, nothing hidden, nothing that the rules ignore."""
    return not matches(name.casefold(), _DOCUMENTATION) and not matches(name, rules.ignored_files)


def candidates(name: str, sources: Iterable[Source]) -> list[Source]:
    """The sources that ask for this file by name; all sources when none does."""
    every = list(sources)
    return [source for source in every if matches(name, source.files)] or every


def known_headers(sources: Iterable[Source]) -> frozenset[str]:
    """Normalised headers that any source maps or ignores."""
    return frozenset(key for source in sources for key in _owners(source))


def ignored_headers(sources: Iterable[Source]) -> frozenset[str]:
    """Normalised headers that sources ignore and none maps."""
    owners = [_owners(source) for source in sources]
    return frozenset(key for own in owners for key in own if not any(other.get(key) for other in owners))


def recognise(where: str, sheet: str, headers: Sequence[str], sources: Sequence[Source]) -> Layout:
    """The one source whose headers fit. Of several, the one that uses most of the columns.

    Raises BadInput when none fits (naming the column) or two fit equally well (naming both).
    """
    asked = [source for source in sources if not source.sheets or matches(sheet, source.sheets)]
    fits = [_fit(source, sheet, headers) for source in asked]
    exact = sorted((fit for fit in fits if fit.is_exact), key=lambda fit: -len(fit.fed))
    if not exact:
        raise _no_fit(where, headers, fits)
    if len(exact) > 1 and len(exact[0].fed) == len(exact[1].fed):
        names = "、".join(fit.source.name for fit in exact if len(fit.fed) == len(exact[0].fed))
        remedy = "用 files 或 required 区分 | tell them apart by files or required"
        message = f"同时符合多个来源 | fits several sources equally well: {names}"
        raise BadInput(message, where, "one layout", remedy)
    return _layout(where, sheet, exact[0], headers)


def _owners(source: Source) -> dict[str, str]:
    """Normalised header -> the field or split (by its first field) that it feeds, "" when ignored."""
    owners = {header_key(header): "" for header in source.ignored}
    owners |= {header_key(header): item.fields[0] for item in source.split for header in item.headers}
    return owners | {header_key(header): item.field for item in source.fields for header in item.headers}


def _fit(source: Source, sheet: str, headers: Sequence[str]) -> _Fit:
    owners = _owners(source)
    fed: dict[str, list[int]] = {}
    unknown: list[int] = []
    for place, header in enumerate(headers):
        key = header_key(header)
        if key not in owners:
            unknown.append(place)
        elif owners[key]:
            fed.setdefault(owners[key], []).append(place)
    from_sheet = {item.field for item in source.fields if sheet and SHEET_NAME in item.headers}
    from_split = {name for item in source.split for name in item.fields if item.fields[0] in fed}
    missing = tuple(
        item.headers[0] if item.headers else item.field
        for item in source.fields
        if item.required and item.field not in fed and item.field not in from_split | from_sheet
    )
    return _Fit(source, fed, tuple(unknown), missing)


def _no_fit(where: str, headers: Sequence[str], fits: Sequence[_Fit]) -> BadInput:
    closest = min(fits, key=lambda fit: (len(fit.unknown) + len(fit.missing), -len(fit.fed)), default=None)
    zh, en = "在 metadata/sources/ 增加列名或来源", "add the header or a source under metadata/sources/"
    if closest is None or not closest.fed:
        zh, en = f"{zh}；或移走不是导出的文件", f"{en}; or remove the file, if it is not an export"
    remedy = f"{zh} | {en}"
    if closest is None:
        return BadInput("没有来源可用 | no source to try", where, "known layout", remedy)
    problems = []
    if closest.unknown:
        told = ", ".join(_told(headers[place], place, closest) for place in closest.unknown)
        problems.append(f"不认识的列 | unknown column: {told}")
    if closest.missing:
        problems.append(f"缺少的列 | missing column: {', '.join(closest.missing)}")
    message = f"{'; '.join(problems)} (最接近的来源 | closest source: {closest.source.name})"
    return BadInput(message, where, "known layout", remedy)


def _told(header: str, place: int, fit: _Fit) -> str:
    """A column by its header where the row is surely one; by its place where it may be a row of persons."""
    if header.strip() and len(fit.fed) > len(fit.unknown) and not _NUMBER.search(header):
        return header.strip()
    return f"第 {place + 1} 列 | column {place + 1}"


def _layout(where: str, sheet: str, fit: _Fit, headers: Sequence[str]) -> Layout:
    for field, places in fit.fed.items():
        if len(places) > 1:
            names = ", ".join(headers[place] for place in places)
            remedy = "只保留一列，其余列入 ignored | keep one, list the others as ignored"
            raise BadInput(
                f"两列给出同一字段 {field} | two columns for one field: {names}", where, "one column", remedy
            )
    source = fit.source
    splits = tuple(
        (item, f"c{fit.fed[item.fields[0]][0]}") for item in source.split if item.fields[0] in fit.fed
    )
    split_fields = {item.fields[0] for item, _ in splits}
    columns = {field: f"c{places[0]}" for field, places in fit.fed.items() if field not in split_fields}
    for item in source.fields:
        if sheet and SHEET_NAME in item.headers:
            columns.setdefault(item.field, literal(sheet))
    return Layout(source, columns, splits)
