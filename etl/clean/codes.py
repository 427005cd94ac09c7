"""Codes of a closed list, and numbers."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from etl.clean.base import (
    Cleaned,
    Cleaner,
    Context,
    Outcome,
    Unclean,
    changed,
    is_null,
    literal,
    narrow,
    tidy,
)

_PARTS = re.compile(r"[-－—/\\>、 ]+")
_UNIT = re.compile("(?:年|学时|课时|小时|万元|人|岁)$")
_INTEGER = re.compile(r"[+-]?\d{1,9}(?:\.0+)?")
_DECIMAL = re.compile(r"[+-]?\d{1,16}(?:\.\d{1,9})?")


@lru_cache(1 << 16)
def fold(text: str) -> str:
    """The form in which spellings of a code are compared.

    >>> fold("注册建造师（一级） ")
    '注册建造师(一级)'
    """
    return tidy(narrow(tidy(text))).replace(" ", "").casefold()


def spellings(entries: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Folded spelling -> code, from code -> its spellings. A code is always its own first spelling."""
    found = {fold(text): code for code, texts in reversed(entries.items()) for text in texts}
    return found | {fold(code): code for code in entries}


def code_cleaner(context: Context) -> Cleaner:
    """The code that a text spells; of "level - level" the one part that spells a code of this list, or all together."""
    known, why = context.spellings, context.spelling_rules
    codes = sorted(code for code in set(known.values()) if known.get(fold(code), code) == code)

    def clean(value: str) -> Outcome:
        text = tidy(value)
        folded = fold(value)
        if folded in why:
            return changed(value, known[folded], why[folded])
        if folded in known:
            return changed(value, known[folded], "code_spelling")
        if is_null(text):
            return Cleaned(None)
        parts = {known[fold(part)] for part in _PARTS.split(text) if fold(part) in known}
        if len(parts) == 1:
            return Cleaned(parts.pop(), "code_part")
        whole = fold(_PARTS.sub("", text))
        if whole in known and not whole.isascii():  # codes side by side are not another code
            return Cleaned(known[whole], why.get(whole, "code_part"))
        return Unclean("unknown_code")

    listed = ", ".join(literal(code) for code in codes)
    return Cleaner(clean, lambda column: f"{column} IN ({listed})" if codes else "FALSE", values_repeat=True)


def clean_integer(value: str) -> Outcome:
    """A whole number, without thousands separators and unit.

    >>> clean_integer("2,015年")
    Cleaned(value='2015', rule='number_form')
    """
    text = _number(value)
    if is_null(text):
        return Cleaned(None)
    if not _INTEGER.fullmatch(text):
        return Unclean("not_a_number")
    return changed(value, str(int(Decimal(text))), "number_form")


def clean_decimal(value: str) -> Outcome:
    """A decimal number with two places.

    >>> clean_decimal("1,234.5万元")
    Cleaned(value='1234.50', rule='number_form')
    """
    text = _number(value)
    if is_null(text):
        return Cleaned(None)
    if not _DECIMAL.fullmatch(text):
        return Unclean("not_a_number")
    try:
        amount = Decimal(text).quantize(Decimal("0.01")) + 0
    except InvalidOperation:
        return Unclean("not_a_number")
    return changed(value, str(amount), "number_form")


def integer_cleaner(_: Context) -> Cleaner:
    return Cleaner(
        clean_integer,
        lambda column: f"length({column}) <= 9 AND CAST(TRY_CAST({column} AS INTEGER) AS VARCHAR) = {column}",
    )


def decimal_cleaner(_: Context) -> Cleaner:
    return Cleaner(
        clean_decimal,
        lambda column: (
            f"length({column}) <= 16 AND CAST(TRY_CAST({column} AS DECIMAL(18, 2)) AS VARCHAR) = {column}"
        ),
    )


def _number(value: str) -> str:
    return _UNIT.sub("", narrow(tidy(value)).replace(",", "").replace(" ", ""))
