"""QR codes of certificates: a signed payload that /verify of the lookup answers, as SVG."""

from contextlib import closing
from io import BytesIO

import segno
from pysqlite3 import dbapi2 as sqlite3

from etl.clean.spelling import number_key
from etl.errors import BadInput
from etl.keys import qr_key
from etl.settings import Store
from etl.signing import checked_at, payload
from etl.withdrawals import withdrawn

_NUMBERS = ("registration_no", "certificate_no")


def qr_code(store: Store, asked: str, site: str | None = None) -> str:
    """SVG of the QR code of a certificate, by public identifier or number, in the release being served.

    It is entitled by the register, and described by what it holds: with the `site` of the lookup the address of the
    answer, else the payload alone.

    Raises:
        BadInput: the release has no such certificate or several, or the person was taken down.
    """
    found = _identifiers(store, asked)
    if len(found) != 1 or found[0] in withdrawn(store):
        raise BadInput(
            "没有这一份证书，或不止一份 | no such certificate, or more than one",
            where=asked,
            remedy="用固定链接 /p/ 之后的标识，或完整的编号 | give what follows /p/, or a whole number",
        )
    drawn, signed = BytesIO(), payload(found[0], qr_key(store))
    segno.make(checked_at(site, signed) if site else signed, error="m", micro=False).save(
        drawn, kind="svg", scale=4, title=_title(store), desc=checked_at(site, signed) if site else signed
    )
    return drawn.getvalue().decode("utf-8")


def _title(store: Store) -> str:
    """Title of the register, in both languages."""
    path = store.current / "served" / "lookup.sqlite"
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        chinese, english = connection.execute("SELECT title_zh, title_en FROM release").fetchone()
    return f"{chinese} | {english}"


def _identifiers(store: Store, asked: str) -> list[str]:
    path = store.current / "served" / "lookup.sqlite"
    if not path.exists():
        raise BadInput(
            "还没有可用的发布 | there is no release",
            str(path),
            remedy="先运行 jzs build | run `jzs build` first",
        )
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        has = {name for (name,) in connection.execute("SELECT name FROM pragma_table_info('certificate')")}
        numbers = [f" OR {column} = :number" for column in _NUMBERS if column in has]
        query = f"SELECT public_id FROM certificate WHERE public_id = :asked{''.join(numbers)} LIMIT 2"
        return [row[0] for row in connection.execute(query, {"asked": asked, "number": number_key(asked)})]
