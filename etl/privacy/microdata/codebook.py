"""The codebook of a file of microdata: what its values mean, and how it was made."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from etl.privacy.microdata.hierarchies import Hierarchy
from etl.privacy.microdata.tiers import Requirement, Tier

_CHINESE = """# 编码本 | Codebook

## 中文

参照日：{year} 年 12 月 31 日。全册 {persons:,} 人，至多隐去 {suppressed:.0%}，其余按密钥固定抽取 {sample:.0%}，\
得 {records:,} 条记录；每条记录的权重为 {weight:g}。

发布的层级（各值见 codebook.csv；学历见 codes/）：

{levels}

在全册范围内，所有保留的记录满足：

{requirements}

记录在首次发布后，只有同一类中足够多的人作同样的变动时才更新；否则保持原样，已离开者亦同。记录号每次发布都换。

"""
_ENGLISH = """## English

Reference date: 31 December {year}. The register has {persons:,} persons; at most {suppressed:.0%} are suppressed, and \
of the others a keyed sample of {sample:.0%} gives {records:,} records, each of weight {weight:g}.

Levels published (values in codebook.csv; education in codes/):

{levels}

Over the whole register all records kept satisfy:

{requirements}

A record once released is replaced only together with enough others of its class that changed alike; otherwise it \
stays as it is, that of persons who have left as well. Record names differ in every release.
"""


def values(hierarchies: Sequence[Hierarchy], levels: Mapping[str, str], names: Mapping[str, str]) -> pa.Table:
    """A row for each value that a generalised column may have: column, level, code, zh, en.

    `levels`: level published of each column; `names`: column -> column as published.
    """
    rows = [
        {
            "column": names[item.column],
            "level": value.level,
            "code": value.code,
            "zh": value.zh,
            "en": value.en,
        }
        for item in hierarchies
        for value in item.values
        if value.level == levels[item.column]
    ]
    return pa.Table.from_pylist(
        rows, pa.schema([(name, pa.string()) for name in ("column", "level", "code", "zh", "en")])
    )


def pages(
    tier: Tier, levels: Mapping[str, str], names: Mapping[str, str], facts: Mapping[str, float | int]
) -> str:
    """The text, zh then en, as Markdown. `facts`: `year`, `persons`, `records`.

    Of those suppressed the bound alone is told: how many they are follows from protected facts (decision 0013).
    """
    listed = "\n".join(f"- `{names[column]}`: {level}" for column, level in levels.items())
    chinese = "\n".join(_chinese(item, names) for item in tier.requirements)
    english = "\n".join(_english(item, names) for item in tier.requirements)
    bounds = {"suppressed": tier.suppressed, "sample": tier.sample, "weight": 1 / tier.sample}
    told = {**facts, **bounds, "levels": listed}
    return _CHINESE.format(**told, requirements=chinese) + _ENGLISH.format(**told, requirements=english)


def _chinese(item: Requirement, names: Mapping[str, str]) -> str:
    told = "；".join(
        f"{names[one.column]} 至少 {one.distinct} 种值，一种值至多占 {one.frequency:.0%}，"
        f"与全册分布的总变差至多 {one.distance:g}"
        for one in item.criteria
    )
    alike = "、".join(names[name] for name in item.identifiers)
    return f"- {alike} 都相同的至少 {item.size} 人{'；' if told else ''}{told}。"


def _english(item: Requirement, names: Mapping[str, str]) -> str:
    told = "; ".join(
        f"{names[one.column]} has at least {one.distinct} values, none above {one.frequency:.0%}, total variation"
        f" from the register at most {one.distance:g}"
        for one in item.criteria
    )
    alike = ", ".join(names[name] for name in item.identifiers)
    return f"- at least {item.size} persons are alike in {alike}{'; ' if told else ''}{told}."
