"""What the generator is told: `metadata/synth/` and the code lists, as values. No number stands in code."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from etl.errors import BadInput
from etl.metadata import CodeList, Metadata
from etl.synth.arrays import Floats


@dataclass(frozen=True)
class Province:
    """One division that sends exports. `folder` is its directory, `roster` and `event` its layouts."""

    ordinal: int
    code: str
    division: str
    label: str
    short: str
    prefix: str
    folder: str
    weight: float
    roster: str
    first_grade: str
    event: str
    encoding: str
    prefectures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Layout:
    """One export layout: `columns` are (header, canonical fields of the cell; empty = filler).

    `folder` and `encoding` are None where every province has its own.
    """

    name: str
    zh: str
    record: str
    folder: str | None
    file_format: str
    encoding: str | None
    grain: str
    dates: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class DirtKind:
    """One kind of dirt: `rate` is per row of the records it `applies` to; `fate` what ingest should do."""

    name: str
    how: str
    field: str
    records: tuple[str, ...]
    rate: float
    fate: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """A weighted list of texts."""

    texts: tuple[str, ...]
    weights: Floats


@dataclass(frozen=True)
class Names:
    """Parts of person names."""

    surnames: Words
    given_male: Words
    given_female: Words
    minority_first: tuple[str, ...]
    minority_last: tuple[str, ...]
    rare: tuple[str, ...]


@dataclass(frozen=True)
class Calibration:
    """Everything the generator reads, with the code lists to name it."""

    numbers: Mapping[str, Any]
    provinces: tuple[Province, ...]
    layouts: Mapping[str, Layout]
    dirt: tuple[DirtKind, ...]
    names: Names
    lists: Mapping[str, CodeList]

    def __getitem__(self, section: str) -> Any:
        return self.numbers[section]

    def code(self, field: str, text: str) -> str:
        """Code that `text` (any spelling) stands for in the code list of `field`."""
        codes = self.lists[field].by_text
        if text.casefold() not in codes:
            raise BadInput(
                f"{field}: 代码表中没有「{text}」 | not in the code list",
                where="metadata/synth",
                remedy="改正文字或补充代码表 | correct the text or extend the code list",
            )
        return codes[text.casefold()]

    @cached_property
    def second_grade_weights(self) -> Floats:
        weights = self.first_grade_weights ** float(self["persons"]["second_grade_power"])
        return normalised(weights)

    @cached_property
    def first_grade_weights(self) -> Floats:
        return normalised(np.array([province.weight for province in self.provinces]))


def normalised(weights: Floats | list[float]) -> Floats:
    """Weights scaled to a sum of one."""
    array = np.asarray(weights, dtype=np.float64)
    scaled: Floats = array / array.sum()
    return scaled


def days(value: Any) -> int:
    """A YAML date as days since 1970-01-01."""
    return int(np.datetime64(str(value), "D").astype(np.int64))


def load(metadata: Metadata, divisions: set[str] | None = None) -> Calibration:
    """Read `synth/` of a metadata directory, for some divisions or all.

    Raises BadInput when the directory has none, or a division is unknown.
    """
    root = metadata.root / "synth"
    if not root.is_dir():
        raise BadInput(
            "没有合成登记册的参数 | no calibration of a synthetic register",
            where=str(root),
            remedy="选择含 synth/ 的元数据目录 | choose a metadata directory that has synth/",
        )
    lists = {name: metadata.codes[field.codes] for name, field in metadata.fields.items() if field.codes}
    layouts = yaml.safe_load((root / "layouts.yaml").read_text("utf-8"))["layouts"]
    dirt = yaml.safe_load((root / "dirt.yaml").read_text("utf-8"))["kinds"]
    return Calibration(
        numbers=yaml.safe_load((root / "calibration.yaml").read_text("utf-8")),
        provinces=_provinces(root / "provinces.csv", lists, divisions),
        layouts={name: _layout(name, value) for name, value in layouts.items()},
        dirt=tuple(_dirt(name, value) for name, value in dirt.items()),
        names=_names(root),
        lists=lists,
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _provinces(path: Path, lists: Mapping[str, CodeList], divisions: set[str] | None) -> tuple[Province, ...]:
    known, prefectures = lists["division_code"], lists["prefecture_code"]
    unknown = {text for text in divisions or () if text.casefold() not in known.by_text}
    if unknown:
        raise BadInput(
            f"没有这个地区 | no such division: {', '.join(sorted(unknown))}",
            where="--divisions",
            remedy="用代码或名称 | give its code or name",
        )
    wanted = {known.by_text[text.casefold()] for text in divisions or ()}
    provinces: list[Province] = []
    for row in _rows(path):
        entry = known.by_code[known.by_text[row["code"]]]
        if wanted and entry.code not in wanted:
            continue
        inside = [item for item in prefectures.entries if item.parent == entry.code and item.valid_to is None]
        provinces.append(
            Province(
                ordinal=len(provinces),
                code=row["code"],
                division=entry.code,
                label=entry.zh,
                short=entry.extra["short_zh"] or entry.zh,
                prefix=entry.extra["prefix"] or "",
                folder=f"{row['code']}_{row['folder']}",
                weight=float(row["weight"]),
                roster=row["roster"],
                first_grade=row["first_grade"],
                event=row["event"],
                encoding=row["encoding"],
                prefectures=tuple((item.code, item.zh) for item in inside) or ((entry.code, entry.zh),),
            )
        )
    return tuple(provinces)


def _layout(name: str, value: Mapping[str, Any]) -> Layout:
    columns = tuple(
        (header, () if field == "-" else tuple(field.split("+")))
        for header, field in value["columns"].items()
    )
    folder = value["files"].rpartition("/")[0]
    return Layout(
        name=name,
        zh=value["zh"],
        record=value["record"],
        folder=None if folder == "*" else folder,
        file_format=value["format"],
        encoding=value.get("encoding"),
        grain=value.get("grain", "row"),
        dates=value["dates"],
        columns=columns,
        options=value,
    )


def _dirt(name: str, value: Mapping[str, Any]) -> DirtKind:
    return DirtKind(
        name=name,
        how=value.get("how", name),
        field=value["field"],
        records=tuple(value["records"]),
        rate=float(value["rate"]),
        fate=value["fate"],
        options=value,
    )


def _words(rows: list[dict[str, str]], column: str) -> Words:
    return Words(tuple(row[column] for row in rows), normalised([float(row["weight"]) for row in rows]))


def _names(root: Path) -> Names:
    given = _rows(root / "given_names.csv")
    minority = _rows(root / "minority_names.csv")
    return Names(
        surnames=_words(_rows(root / "surnames.csv"), "surname"),
        given_male=_words([row for row in given if row["sex"] == "male"], "character"),
        given_female=_words([row for row in given if row["sex"] == "female"], "character"),
        minority_first=tuple(row["part"] for row in minority if row["position"] == "first"),
        minority_last=tuple(row["part"] for row in minority if row["position"] == "last"),
        rare=tuple(row["character"] for row in _rows(root / "rare_characters.csv")),
    )
