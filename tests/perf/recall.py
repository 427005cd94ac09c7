"""Recall of the lookup: what people type for somebody, against what the register holds.

    python tests/perf/recall.py STORE

The gold list is drawn from the release by rules of its own: traditional characters by OpenCC, pinyin by pypinyin with
its surnames and tones, fragments of enterprise names by search through all of them. Found means that the answer holds
the one who was meant; broad, that one more fact was asked for. Results go to tests/perf/results/recall.json.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
from opencc import OpenCC
from pypinyin import lazy_pinyin
from pysqlite3 import dbapi2 as sqlite3

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from etl.settings import Store  # noqa: E402
from tests.fixtures.lookup_server import serving  # noqa: E402

_EACH, _SEED = 300, 20261123
_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_TRADITIONAL = OpenCC("s2t")
_JSON = {"Accept": "application/json"}
Row = sqlite3.Row


def persons(
    connection: sqlite3.Connection,
) -> Iterator[tuple[str, Callable[[Row], bool], Callable[[Row], str]]]:
    """Form -> whom it can be typed for, and what is typed for them."""
    place = dict(connection.execute("SELECT code, zh FROM code WHERE list = 'division'").fetchall())
    english = dict(connection.execute("SELECT code, en FROM code WHERE list = 'division'").fetchall())

    def everybody(row: Row) -> bool:
        return True

    def where(row: Row) -> str:
        return str(place[row["division_code"]])

    def short(row: Row) -> bool:
        return len(row["person_name"]) <= 4 and "·" not in row["person_name"]

    def dotted(row: Row) -> bool:
        return "·" in row["person_name"]

    yield "完整编号 number", everybody, lambda r: r["registration_no"]
    yield "全角编号 full width", everybody, lambda r: r["registration_no"].translate(_WIDE)
    yield (
        "带空格的编号 with spaces",
        everybody,
        lambda r: " ".join(r["registration_no"][i : i + 4] for i in range(0, len(r["registration_no"]), 4)),
    )
    yield "姓名 + 地区 name, division", everybody, lambda r: f"{r['person_name']} {where(r)}"
    yield (
        "姓名 + 单位几个字 name, employer",
        employed,
        lambda r: f"{r['person_name']} {r['enterprise_name'][2:8]}",
    )
    yield (
        "姓名 + 末四位 name, last four",
        everybody,
        lambda r: f"{r['person_name']} {r['registration_no'][-4:]}",
    )
    yield (
        "繁体姓名 + 地区 traditional",
        everybody,
        lambda r: _TRADITIONAL.convert(f"{r['person_name']} {where(r)}"),
    )
    yield "拼音 + 地区 pinyin", short, lambda r: f"{spaced(r['person_name'])} {english[r['division_code']]}"
    for dot in ("・", ".", "•", ""):
        yield (
            f"间隔号 dot {dot or '（无 none）'}",
            dotted,
            lambda r, dot=dot: f"{r['person_name'].replace('·', dot)} {where(r)}",
        )


def employed(row: Row) -> bool:
    return row["enterprise_name"] is not None


def spaced(name: str) -> str:
    """Pinyin by pypinyin alone, which reads names as words; surnames by common knowledge below."""
    first = 2 if name[:2] in _COMPOUND else 1
    surname = _READ.get(name[:first]) or "".join(lazy_pinyin(name[:first]))
    return f"{surname} {''.join(lazy_pinyin(name[first:]))}"


# Readings of surnames that differ from the word's, from the standard lists; written for this test alone.
_COMPOUND = {"欧阳", "上官", "司马", "诸葛", "尉迟", "皇甫", "长孙", "令狐", "慕容", "夏侯", "东方", "公孙"}
_READ = {
    "曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "区": "ou", "覃": "qin", "翟": "zhai",
    "盖": "ge", "朴": "piao", "任": "ren", "华": "hua", "燕": "yan", "缪": "miao", "佘": "she", "乐": "yue",
    "尉迟": "yuchi", "长孙": "zhangsun", "令狐": "linghu", "吕": "lü", "沈": "shen", "宁": "ning",
    "冼": "xian", "洗": "xian",
}  # fmt: skip


def fragments(connection: sqlite3.Connection, draw: random.Random) -> Iterator[tuple[str, str, set[str]]]:
    """Length, fragment, and the keys of every enterprise whose name holds it."""
    names = connection.execute("SELECT enterprise_key, enterprise_name FROM enterprise").fetchall()
    for length in (1, 2, 3, 4, 6):
        for _ in range(_EACH):
            name = draw.choice(names)[1]
            start = draw.randrange(len(name) - length + 1)
            part = name[start : start + length]
            yield f"企业名称 {length} 字 characters", part, {key for key, whole in names if part in whole}


def bench(store: Path) -> dict[str, object]:
    """Asks everything of a server of the store's release."""
    draw = random.Random(_SEED)
    database = store / "public/current/served/lookup.sqlite"
    rows: list[dict[str, object]] = []
    with (
        sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection,
        serving(Store(store)) as address,
    ):
        connection.row_factory = sqlite3.Row
        everybody = connection.execute("SELECT * FROM certificate ORDER BY public_id").fetchall()
        with httpx.Client(base_url=address, headers=_JSON, timeout=30) as client:
            for form, may, typed in persons(connection):
                able = [row for row in everybody if may(row)]
                chosen = draw.sample(able, min(_EACH, len(able)))
                counted = Counter(_person(client, typed(row), row["holder_public_id"]) for row in chosen)
                rows.append({"form": form, "asked": len(chosen), **counted})
                print(rows[-1], flush=True)
            by_length: dict[str, Counter[str]] = {}
            for form, part, keys in fragments(connection, draw):
                by_length.setdefault(form, Counter())[_enterprise(client, part, keys)] += 1
            rows += [{"form": form, "asked": _EACH, **counted} for form, counted in by_length.items()]
    return {"certificates": len(everybody), "rows": rows}


def _person(client: httpx.Client, typed: str, meant: str) -> str:
    answer = client.post("/search", data={"q": typed}).json()
    if answer["outcome"] == "found" and meant in {row["public_id"] for row in answer["persons"]}:
        return "found"
    return "broad" if answer["outcome"] == "broad" else "missed"


def _enterprise(client: httpx.Client, typed: str, keys: set[str]) -> str:
    answer = client.post("/search", data={"q": typed}).json()
    if {row["enterprise_key"] for row in answer["enterprises"]} == keys:
        return "found"
    return "broad" if answer["outcome"] == "broad" and len(keys) > 20 else "missed"


def section(results: dict[str, object]) -> list[str]:
    """The recall's section of docs/benchmarks.md."""
    rows = results["rows"]
    assert isinstance(rows, list)
    return [
        "## 查询的查全率 | Recall of the lookup",
        "",
        f"{results['certificates']:,} 个证书 certificates; 每种写法至多 up to {_EACH} 个 of each form.",
        "",
        "| 所填 typed | 问 asked | 找到 found | 请补充 asked for more | 未找到 missed |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {r['form']} | {r['asked']} | {r.get('found', 0)} | {r.get('broad', 0)} | {r.get('missed', 0)} |"
            for r in rows
        ),
        "",
        "企业名称几个字：须恰为全部含有这几个字的企业，多于 20 家则请补充。 | Fragments: exactly the enterprises"
        " that hold them, or asked for more where there are more than 20.",
    ]


if __name__ == "__main__":
    from tests.perf import report

    report.keep("recall", bench(Path(sys.argv[1]).resolve()))
