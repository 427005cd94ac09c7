"""Fields that follow from another field of the same row: a SQL expression, or a look-up of one."""

from dataclasses import dataclass

from etl.metadata import Derivation, Metadata
from etl.sources.settings import lookup

# Registration numbers are long with four-digit years or short with two-digit years.
_LONG_NUMBER = 17


@dataclass(frozen=True)
class Derived:
    """`key` is a SQL expression on the row: the value itself, or with `codes` the key to it."""

    key: str
    codes: dict[str, str] | None = None


def derived(item: Derivation, metadata: Metadata) -> Derived:  # noqa: PLR0911  # one return for each kind
    """How one derivation is computed. The meaning of a digit or prefix stands in the code lists."""
    column, codes = item.source, metadata.codes
    if item.kind == "division_of_registration_no":
        return Derived(f"left({column}, 1)", lookup(codes, "division", "prefix"))
    if item.kind == "category_of_registration_no":
        temporary = {
            entry.code for entry in codes["category"].entries if entry.extra.get("temporary") == "yes"
        }
        grades = {
            f"{entry.extra['grade_digit']}{')' if entry.code in temporary else ''}": entry.code
            for entry in codes["category"].entries
        }
        return Derived(
            f"substr({column}, 2, 1) || CASE WHEN right({column}, 1) = ')' THEN ')' ELSE '' END", grades
        )
    if item.kind == "qualification_year_of_registration_no":
        return Derived(
            f"CASE WHEN length({column}) >= {_LONG_NUMBER} THEN substr({column}, 5, 4)"
            f" ELSE '20' || substr({column}, 5, 2) END"
        )
    if item.kind == "division_of_prefecture":
        parents = {entry.code: entry.parent for entry in codes["prefecture"].entries if entry.parent}
        return Derived(column, parents)
    if item.kind == "birth_date_of_id_number":
        day = f"substr({column}, 7, 4) || '-' || substr({column}, 11, 2) || '-' || substr({column}, 13, 2)"
        return Derived(f"CASE WHEN length({column}) = 18 THEN {day} END")
    if item.kind == "sex_of_id_number":
        # GB 11643: an odd sequence number is sex 1 of GB/T 2261.1, an even one sex 2.
        return Derived(
            f"CASE WHEN length({column}) = 18"
            f" THEN CAST(2 - ascii(substr({column}, 17, 1)) % 2 AS VARCHAR) END"
        )
    return Derived(column)
