"""QR codes of certificates: a signed payload that /verify of the lookup answers, as SVG with a caption."""

import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import closing
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import segno
from pysqlite3 import dbapi2 as sqlite3

from etl.clean.spelling import number_key
from etl.errors import BadInput
from etl.keys import qr_key
from etl.settings import Store
from etl.signing import checked_at, payload
from etl.withdrawals import withdrawn

_NUMBERS = ("registration_no", "certificate_no")
_SVG = "http://www.w3.org/2000/svg"
# Pixels: of a module, from line to line, of the largest letters, of the edge beside the caption.
_MODULE, _LINE, _LETTERS, _EDGE = 4, 14, 11.0, 6
# Width of a letter as a share of its height, one of Chinese and another.
_WIDE, _NARROW = 1.0, 0.58


def qr_code(store: Store, asked: str, site: str | None = None) -> str:
    """SVG of the QR code of a certificate, by public identifier or number, in the release being served.

    It holds the payload, with the `site` of the lookup the address of the answer, and is described by that; entitled
    by the register. The caption says what it checks, the release, and where the register is synthetic.

    Raises:
        BadInput: the release has no such certificate or several, or the person was taken down.
    """
    with _opened(store) as connection:
        found, about = _identifiers(connection, asked), _about(connection)
        caption = _caption(connection, about)
    if len(found) != 1 or found[0] in withdrawn(store):
        raise BadInput(
            "没有这一份证书，或不止一份 | no such certificate, or more than one",
            where=asked,
            remedy="用固定链接 /p/ 之后的标识，或完整的编号 | give what follows /p/, or a whole number",
        )
    signed = payload(found[0], qr_key(store))
    content, titles = checked_at(site, signed) if site else signed, (about["title_zh"], about["title_en"])
    drawn = BytesIO()
    code = segno.make(content, error="m", micro=False)
    code.save(drawn, kind="svg", scale=_MODULE, title=" | ".join(titles), desc=content)
    return _captioned(drawn.getvalue(), [*titles, *caption])


def _captioned(drawn: bytes, lines: Sequence[str]) -> str:
    """The drawing with lines of text below it, on white, in letters that fit its width."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(drawn)
    width, height = (int(root.attrib[name]) for name in ("width", "height"))
    whole = str(height + _LINE * len(lines) + _EDGE)
    root.set("height", whole)
    ground = {"width": str(width), "height": whole, "fill": "#fff"}
    # After the title and the description, which have to be first.
    root.insert(2, ElementTree.Element(f"{{{_SVG}}}rect", ground))
    letters = min(_LETTERS, (width - 2 * _EDGE) / max(map(_ems, lines)))
    style = {"font-family": "sans-serif", "font-size": f"{letters:.1f}", "text-anchor": "middle"}
    caption = ElementTree.SubElement(root, f"{{{_SVG}}}g", style)
    for place, line in enumerate(lines, 1):
        at = {"x": str(width // 2), "y": str(height + _LINE * place - _EDGE)}
        ElementTree.SubElement(caption, f"{{{_SVG}}}text", at).text = line
    return f"{ElementTree.tostring(root, encoding='unicode')}\n"


def _ems(line: str) -> float:
    """Width of a line, in heights of its letters."""
    return sum(_WIDE if unicodedata.east_asian_width(each) in "WF" else _NARROW for each in line)


def _caption(connection: sqlite3.Connection, about: Mapping[str, Any]) -> list[str]:
    """What the code checks, the release, and that it is synthetic where it is; each in both languages."""
    names = ["says", "release", *["synthetic"] * about["synthetic"]]
    query = "SELECT zh, en FROM text WHERE key = ?"
    told = [connection.execute(query, (f"lookup.verify.qr.{name}",)).fetchone() or () for name in names]
    return [text.format_map(about) for both in told for text in both]


def _about(connection: sqlite3.Connection) -> Mapping[str, Any]:
    """What the release says about itself."""
    cursor = connection.execute("SELECT * FROM release")
    return dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))


def _opened(store: Store) -> "closing[sqlite3.Connection]":
    """The database of the release being served, to read. Raises BadInput where there is none."""
    path = store.current / "served" / "lookup.sqlite"
    if not path.exists():
        raise BadInput(
            "还没有可用的发布 | there is no release",
            str(path),
            remedy="先运行 jzs build | run `jzs build` first",
        )
    return closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True))


def _identifiers(connection: sqlite3.Connection, asked: str) -> list[str]:
    """The certificate that is asked for; two of them where there are several."""
    has = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info('certificate')")}
    numbers = [f" OR {column} = :number" for column in _NUMBERS if column in has]
    query = f"SELECT public_id FROM certificate WHERE public_id = :asked{''.join(numbers)} LIMIT 2"
    return [row[0] for row in connection.execute(query, {"asked": asked, "number": number_key(asked)})]
