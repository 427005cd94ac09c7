"""What a protected table was made of: its family as declared that day, frozen and published beside the table.

A declaration is plain data, so that it can be kept as JSON: the family's own part of `rules/disclosure.yaml` (but its
names and first year), the codes of its sensitive columns, and what the rules say of absent codes, dominance and
classes of quality. Years of one family are attacked and read as one series; so nothing of it may change but the
variances, and what measures there are (docs/decisions/0014).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from etl.errors import Refused
from etl.privacy.tables.families import Dominance, Family

Declared = Mapping[str, Any]

_OWN = ("table", "levels", "sensitive", "impossible", "merge_below", "measures")
_MAY_DIFFER = {"levels", "measures"}


def declaration(name: str, rules: Mapping[str, Any], codes: Mapping[str, Sequence[str]]) -> Declared:
    """The declaration of a family of `rules/disclosure.yaml`; `codes`: those of each of its sensitive columns."""
    family = rules["families"][name]
    sensitive = family["sensitive"]
    return {
        "family": name,
        **{part: family[part] for part in _OWN if part in family},
        "codes": {column: list(codes[column]) for column in sensitive},
        "absent": {column: rules["absent"][column] for column in (*family["levels"][-1]["by"], *sensitive)},
        "silent": [column for column in sensitive if column in rules["silent"]],
        "dominance": rules["dominance"],
        "quality": rules["quality"],
    }


def family_of(declared: Declared) -> Family:
    """The family that a declaration tells of."""
    silent = {column: declared["absent"][column] for column in declared["silent"]}
    dominance = Dominance(**declared["dominance"])
    return Family.of(declared["family"], declared, declared["codes"], dominance, silent)


def write_declared(path: Path, declared: Declared) -> None:
    """Writes a declaration as JSON; the same one gives the same bytes."""
    path.write_text(json.dumps(declared, ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_declared(path: Path) -> Declared:
    """A declaration as it was written."""
    declared: Declared = json.loads(path.read_text("utf-8"))
    return declared


def check_unchanged(declared: Sequence[Declared], frozen: Mapping[int, Sequence[Declared]]) -> None:
    """That families are declared as their frozen tables were made, and publish in no table of another family.

    `frozen`: by year, the declarations of its tables.

    Raises:
        Refused: naming family, year and what differs.
    """
    for year, tables in sorted(frozen.items()):
        for then in tables:
            for now in declared:
                _check_pair(now, then, year, max(frozen))


def _check_pair(now: Declared, then: Declared, year: int, newest: int) -> None:
    if now["family"] != then["family"]:
        different = ["table"] if now["table"] == then["table"] else []
    else:
        different = _differences(now, then)
    if different:
        raise Refused(
            f"表族 {now['family']} 的声明与已冻结的 {then['family']} {year} 不同 | family {now['family']} is declared "
            f"otherwise than the frozen {then['family']} of {year}: {', '.join(different)}",
            where="metadata/rules/disclosure.yaml",
            rule="除方差外，表族不变 | a family never changes but in its variances",
            remedy=f"改回；或删去旧族，另立新名、新 table、first_year: {newest + 1} 的一族；旧族已冻结的年份照旧发布 | "
            f"put it back; or remove it and declare a family of another name and table with first_year: {newest + 1}: "
            "what is frozen stays published",
        )


def _differences(now: Declared, then: Declared) -> list[str]:
    """The parts in which two declarations of a family differ, beside those that may."""
    parts = sorted((now.keys() | then.keys()) - _MAY_DIFFER)
    different = [part for part in parts if now.get(part) != then.get(part)]
    if _tree(now) != _tree(then):
        different.append("levels")
    before, after = _measures(then), _measures(now)
    shared = sorted(before.keys() & after.keys())
    return different + [f"measures.{name}" for name in shared if before[name] != after[name]]


def _tree(declared: Declared) -> list[tuple[str, list[str]]]:
    return [(level["name"], level["by"]) for level in declared["levels"]]


def _measures(declared: Declared) -> dict[str, object]:
    """What every measure is, and the table that they are published in."""
    measures = declared.get("measures")
    if measures is None:
        return {}
    banded = measures["quantiles"]
    bands = (banded["column"], banded["bands"])
    quantiles = {name: (share, bands) for name, share in banded["shares"].items()}
    return {"table": measures["table"], **measures["shares"], **quantiles}
