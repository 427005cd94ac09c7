"""References between metadata files: a name must stand where names of its kind are defined."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from etl.errors import BadInput
from etl.metadata.model import CodeList
from etl.metadata.reading import line_of


def day(text: str | None) -> date | None:
    """A date written as in the metadata files."""
    return date.fromisoformat(text) if text else None


def check_code(
    path: Path, pointer: list[str | int], code_list: str, code: str, codes: Mapping[str, CodeList]
) -> None:
    """Raises BadInput unless `code` belongs to the list; `pointer` leads to it in the file."""
    if code_list not in codes or code not in codes[code_list].by_code:
        message = f"不是 {code_list} 的代码 | not a code of {code_list}: {code}"
        raise unknown(path, pointer, message, f"codes/{code_list}.csv")


def check_time_zone(path: Path, pointer: list[str | int], name: str) -> None:
    """Raises BadInput unless `name` is a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        line = line_of(path, pointer)
        remedy = "如 Asia/Shanghai | such as Asia/Shanghai"
        message = f"没有该时区 | no such time zone: {name}"
        raise BadInput(message, f"{path}:{line}", "IANA time zone", remedy) from None


def check_fields(
    path: Path, pointer: list[str | int], names: list[str], known: Any, where_known: str
) -> None:
    for position, name in enumerate(names):
        if name not in known:
            raise unknown(path, [*pointer, position], f"没有该字段 | no such field: {name}", where_known)


def unknown(path: Path, pointer: list[str | int], message: str, known_in: str) -> BadInput:
    remedy = f"名称须见于 {known_in} | the name must stand in {known_in}"
    return BadInput(message, f"{path}:{line_of(path, pointer)}", "cross-reference", remedy)
