"""What `rules/disclosure.yaml` says of protected tables must fit the field dictionary, codes and registration rules.

Every refusal names file and line. What a set of families may not do whatever its columns mean stands in
`etl.privacy.tables.families`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from etl.errors import BadInput
from etl.metadata.model import CodeList, Field, Rule
from etl.metadata.reading import line_of
from etl.metadata.references import check_code, check_fields, unknown

Pointer = list[str | int]

QUALITY = "quality_class"
"""The column whose code list has the classes of quality."""

MEASURE = "measure_code"
"""The column whose code list has the measures made of protected counts."""


def rho(family: Mapping[str, Any]) -> Fraction:
    """What a family as declared charges each person for one year."""
    return sum((Fraction(1, level["variance"]) for level in family["levels"]), Fraction())


def ceiling(content: Mapping[str, Any]) -> Fraction:
    """The most that one person may be charged for one year."""
    return Fraction(str(content["rho_ceiling"]))


@dataclass(frozen=True)
class DisclosureRules:
    """The file as read, and what its names must stand in. A code list that the register lacks is not judged."""

    path: Path
    content: Mapping[str, Any]
    fields: Mapping[str, Field]
    codes: Mapping[str, CodeList]
    rules: Sequence[Rule]

    def check(self) -> None:
        """Raises BadInput for what is not there, a family that crosses the planes, or one over the ceiling."""
        self._check_absent()
        self._check_quality()
        for name, family in self.content["families"].items():
            where: Pointer = ["families", name]
            self._check_sensitive(where, family)
            self._check_tree([*where, "levels"], family["levels"])
            for position, item in enumerate(family.get("impossible", ())):
                self._check_impossible([*where, "impossible", position], item, family)
            self._check_reserved(family)
            if measures := family.get("measures"):
                self._check_measures([*where, "measures"], measures, family)
        self._check_ceiling()

    def _check_absent(self) -> None:
        for column, code in self.content["absent"].items():
            where: Pointer = ["absent", column]
            check_fields(self.path, where, [column], self.fields, "fields.yaml")
            if self.fields[column].plane == "sensitive":
                self._check_code(where, column, code)
            elif code not in self.content["reserved"]:
                message = f"不是保留代码 | not a reserved code: {code}"
                raise unknown(self.path, where, message, "disclosure.yaml#reserved")

    def _check_quality(self) -> None:
        quality = self.content["quality"]
        for code in (*quality["shown"], quality["hidden"]):
            self._check_code(["quality"], QUALITY, code)

    def _check_sensitive(self, where: Pointer, family: Mapping[str, Any]) -> None:
        remedy = "公开面精确发布，不加噪声 | the public plane is published exactly, without noise"
        self._check_plane([*where, "sensitive"], family["sensitive"], "sensitive", remedy)

    def _check_tree(self, where: Pointer, levels: Sequence[Mapping[str, Any]]) -> None:
        remedy = "树只可由公开属性构成 | a tree is made of public attributes only"
        for position, level in enumerate(levels):
            self._check_plane([*where, position, "by"], level["by"], "public", remedy)
            if level["name"] in [above["name"] for above in levels[:position]]:
                message = f"层名重复 | repeated name of a level: {level['name']}"
                raise self._wrong([*where, position], message, "tree", "另取一个层名 | choose another name")
        for position, (upper, lower) in enumerate(pairwise(levels), 1):
            if lower["by"][: len(upper["by"])] != upper["by"] or len(lower["by"]) == len(upper["by"]):
                message = f"不在上一层之内 | does not nest in the level above: {lower['name']}"
                remedy = "by 以上一层的各列开头，再加一列 | begin `by` with that of the level above and add a column"
                raise self._wrong([*where, position], message, "tree", remedy)

    def _check_plane(self, where: Pointer, columns: list[str], plane: str, remedy: str) -> None:
        check_fields(self.path, where, columns, self.fields, "fields.yaml")
        for place, column in enumerate(columns):
            if self.fields[column].plane != plane or not self.fields[column].codes:
                message = f"不是该面的代码列 | not a column of codes of the {plane} plane: {column}"
                raise self._wrong([*where, place], message, "planes", remedy)
            if column not in self.content["absent"]:
                message = f"没有说明缺值的代码 | no code for an absent value: {column}"
                raise unknown(self.path, ["absent"], message, "disclosure.yaml#absent")

    def _check_impossible(self, where: Pointer, item: Mapping[str, Any], family: Mapping[str, Any]) -> None:
        """A cell is a structural zero only where a rule of registration makes it one."""
        if item["rule"] not in {rule.rule for rule in self.rules}:
            message = f"没有该登记规则 | no such registration rule: {item['rule']}"
            raise unknown(self.path, [*where, "rule"], message, "registration.yaml")
        columns = [*family["levels"][-1]["by"], *family["sensitive"]]
        for column, listed in item["codes"].items():
            check_fields(self.path, [*where, "codes", column], [column], columns, "by, sensitive")
            for code in listed:
                self._check_code([*where, "codes", column], column, code)
        if not set(item["codes"]) & set(family["sensitive"]):
            raise unknown(self.path, [*where, "codes"], "没有敏感列 | no sensitive column", "sensitive")

    def _check_measures(self, where: Pointer, measures: Mapping[str, Any], family: Mapping[str, Any]) -> None:
        """Measures are codes of their list, made of codes of the family's sensitive columns, and bands in order."""
        banded: Mapping[str, Any] = measures["quantiles"]
        for name in (*measures["shares"], *banded["shares"]):
            self._check_code(where, MEASURE, name)
        counted = [item for codes in measures["shares"].values() for item in codes.items()]
        for column, codes in [*counted, (banded["column"], list(banded["bands"]))]:
            check_fields(self.path, where, [column], family["sensitive"], "sensitive")
            for code in codes:
                self._check_code(where, column, code)
        edges = [edge for band in banded["bands"].values() for edge in band]
        if edges != sorted(edges):
            remedy = "由低到高列出，各段不重叠 | list them from low to high, without overlap"
            raise self._wrong(
                [*where, "quantiles", "bands"], "分段次序有误 | bands out of order", "bands", remedy
            )

    def _check_reserved(self, family: Mapping[str, Any]) -> None:
        for column in family["levels"][-1]["by"]:
            listed = self.fields[column].codes or ""
            if taken := sorted(self.content["reserved"].keys() & self.codes[listed].by_code.keys()):
                message = (
                    f"保留代码已在代码表 {listed} 中 | a reserved code is in code list {listed}: {taken[0]}"
                )
                remedy = "改代码表中的代码 | change the code in the list"
                raise self._wrong(["reserved", taken[0]], message, "reserved codes", remedy)

    def _check_code(self, where: Pointer, column: str, code: str) -> None:
        listed = self.fields[column].codes or ""
        if self.codes[listed].entries:
            check_code(self.path, where, listed, code, self.codes)

    def _check_ceiling(self) -> None:
        spent = sum(map(rho, self.content["families"].values()), Fraction())
        if spent > ceiling(self.content):
            message = f"各族合计 ρ 超过上限 | the families together pass the ceiling: {float(spent):.3f}"
            remedy = "加大方差，或减少一层、一族 | raise a variance, or drop a level or a family"
            raise self._wrong(["rho_ceiling"], message, "rho_ceiling", remedy)

    def _wrong(self, pointer: Pointer, message: str, rule: str, remedy: str) -> BadInput:
        return BadInput(message, f"{self.path}:{line_of(self.path, pointer)}", rule, remedy)
