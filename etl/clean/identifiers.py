"""Identifiers of persons, enterprises and registrations: shape, check characters, repair where certain."""

import re
from datetime import date

from etl.clean.base import (
    Cleaned,
    Cleaner,
    Context,
    Outcome,
    Unclean,
    changed,
    compact,
    is_mojibake,
    is_null,
    literal,
    tidy,
)

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {symbol: value for value, symbol in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_FLOAT = re.compile(r"\d(\.\d+)?E\+?\d+")
# A long number that went through a double: with a decimal point, or with zeros for the digits beyond the 15th.
_ROUNDED = re.compile(r"\d{16,18}\.0+|\d{15}000")
_ID_18 = re.compile(r"[0-9]{17}[0-9X]")
_ID_15 = re.compile(r"[0-9]{15}")
_OTHER_DOCUMENT = re.compile(r"[A-Z0-9一-鿿()]{5,20}")
_USCC = re.compile(f"[{USCC_ALPHABET}]{{18}}")
_ORG_CODE = re.compile("[0-9A-Z]{8}[0-9X]")
_LETTER_FOR_DIGIT = str.maketrans("OI", "01")
# Resident IDs whose day of birth needs no calendar; the others are looked at one by one.
_PLAIN_ID = (
    "[0-9]{6}[1-9][0-9]{3}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)[0-9]{3}[0-9X]"
)
# From here on a number is meant to be a resident ID, not a passport or permit.
_RESIDENT_DIGITS = 12


def id_check_character(body: str) -> str:
    """Check character of the first 17 digits of a resident ID (GB 11643).

    >>> id_check_character("99000018000101005")
    'X'
    """
    return ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True)) % 11]


def uscc_check_character(body: str) -> str:
    """Check character of the first 17 characters of a unified social credit code (GB 32100).

    >>> uscc_check_character("91990000FAKE00005")
    'D'
    """
    total = sum(_USCC_VALUES[symbol] * weight for symbol, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def org_check_character(body: str) -> str:
    """Check character of the first 8 characters of an organisation code (GB 11714).

    >>> org_check_character("D2143569")
    'X'
    """
    total = sum(int(symbol, 36) * weight for symbol, weight in zip(body, ORG_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def clean_id_number(value: str) -> Outcome:  # noqa: PLR0911  # one return for each rule
    """A resident ID with a right check character, or the number of another document as it stands.

    A 15-digit ID has no century and no check character: it becomes the 18-digit ID of the 1900s.

    >>> clean_id_number("99000018000101005x")
    Cleaned(value='99000018000101005X', rule='identifier_form')
    >>> clean_id_number("9.90000180001E+17")
    Unclean(reason='excel_float')
    """
    text = compact(value).replace("-", "")
    if is_null(text):
        return Cleaned(None)
    if _FLOAT.fullmatch(text) or (_ROUNDED.fullmatch(text) and "." in text):
        return Unclean("excel_float")
    if "*" in text:
        return Unclean("masked")
    if _ID_18.fullmatch(text):
        if not _is_date(text[6:14]):
            return Unclean("impossible_date")
        if id_check_character(text[:17]) != text[17]:
            return Unclean("excel_float" if _ROUNDED.fullmatch(text) else "bad_check_character")
        return changed(value, text, "identifier_form")
    if _ID_15.fullmatch(text):
        body = f"{text[:6]}19{text[6:]}"
        if not _is_date(body[6:14]):
            return Unclean("impossible_date")
        return Cleaned(body + id_check_character(body), "id_15_to_18")
    fixed = text.translate(_LETTER_FOR_DIGIT)
    if _ID_18.fullmatch(fixed) and _is_date(fixed[6:14]) and id_check_character(fixed[:17]) == fixed[17]:
        return Cleaned(fixed, "letter_for_digit")
    if sum("0" <= symbol <= "9" for symbol in text) >= _RESIDENT_DIGITS or not _OTHER_DOCUMENT.fullmatch(
        text
    ):
        return Unclean("malformed_identifier")
    return changed(value, text, "identifier_form")


def clean_enterprise_code(value: str) -> Outcome:
    """A unified social credit code, or a 9-character organisation code without its hyphen.

    O and I, which the code does not have, are read as 0 and 1 when the check character then fits. Of
    "organisation code / licence number" the organisation code is kept.

    >>> clean_enterprise_code("9199oooofakeooo05d")
    Cleaned(value='91990000FAKE00005D', rule='letter_for_digit')
    """
    text = compact(value).replace("-", "")
    if is_null(text):
        return Cleaned(None)
    if _FLOAT.fullmatch(text):
        return Unclean("excel_float")
    for part in text.split("/"):
        fixed = part.translate(_LETTER_FOR_DIGIT)
        if _is_uscc(part) or _is_org_code(part):
            return changed(value, part, "identifier_form")
        if _is_uscc(fixed):
            return Cleaned(fixed, "letter_for_digit")
    if _ID_15.fullmatch(text):
        return Unclean("licence_number")
    return Unclean("bad_check_character" if len(text) in (9, 18) else "malformed_identifier")


def clean_number(value: str) -> Outcome:
    """A certificate or file number: narrow, upper case, without spaces.

    >>> clean_number("ＴＣ00 01")
    Cleaned(value='TC0001', rule='identifier_form')
    """
    text = compact(value)
    if is_null(text):
        return Cleaned(None)
    if _FLOAT.fullmatch(text) and "+" in text:
        return Unclean("excel_float")
    return changed(value, text, "identifier_form")


_DECISION_YEAR = re.compile(r" ?[\[(（〔﹝［【] ?(\d{4}) ?[\])）〕﹞］】] ?")


def clean_decision_no(value: str) -> Outcome:
    """The number of an official decision, its year in the brackets of GB/T 9704.

    >>> clean_decision_no("甲建法[2026] 12 号")
    Cleaned(value='甲建法〔2026〕12号', rule='decision_brackets')
    """
    text = tidy(value)
    if is_null(text):
        return Cleaned(None)
    if is_mojibake(text):
        return Unclean("mojibake")
    if not _DECISION_YEAR.search(text):
        return changed(value, text, "whitespace")
    return changed(value, _DECISION_YEAR.sub(r"〔\1〕", text).replace(" ", ""), "decision_brackets")


def decision_no_cleaner(_: Context) -> Cleaner:
    return Cleaner(
        clean_decision_no,
        lambda column: (
            f"regexp_full_match({column}, '[一-鿿]+〔[0-9]{{4}}〕第?[0-9]+号')"
            f" AND NOT contains({column}, '锟斤拷') AND NOT contains({column}, '鈥')"
        ),
    )


def number_cleaner(_: Context) -> Cleaner:
    return Cleaner(
        clean_number,
        lambda column: (
            f"regexp_full_match({column}, '[0-9A-Z]{{2,}}') AND {column} NOT IN ('NULL', 'NONE', 'NAN')"
        ),
    )


def registration_no_cleaner(context: Context) -> Cleaner:
    """Numbers of the register's own shape (`context.pattern`); without a shape, any number."""
    if context.pattern is None:
        return number_cleaner(context)
    pattern = re.compile(context.pattern)

    def clean(value: str) -> Outcome:
        text = compact(value)
        if is_null(text):
            return Cleaned(None)
        if pattern.fullmatch(text):
            return changed(value, text, "identifier_form")
        prefixed = context.prefixes.get(text[:1], text[:1]) + text[1:].replace("-", "")
        if pattern.fullmatch(prefixed):
            return Cleaned(prefixed, "identifier_form" if prefixed[:1] == text[:1] else "prefix_variant")
        repaired = prefixed[:1] + prefixed[1:].translate(_LETTER_FOR_DIGIT)
        if pattern.fullmatch(repaired):
            return Cleaned(repaired, "letter_for_digit")
        for written, becomes in context.rewrites.items():
            rewritten = re.sub(written, becomes, repaired)
            if pattern.fullmatch(rewritten):
                return Cleaned(rewritten, "number_variant")
        return Unclean("malformed_identifier")

    shape = literal(context.pattern)
    return Cleaner(clean, lambda column: f"regexp_full_match({column}, {shape})")


def id_number_cleaner(_: Context) -> Cleaner:
    return Cleaner(clean_id_number, _canonical_id_number)


def enterprise_code_cleaner(_: Context) -> Cleaner:
    return Cleaner(clean_enterprise_code, _canonical_enterprise_code, values_repeat=True)


def _canonical_id_number(column: str) -> str:
    # Two halves fit into 32-bit integers, which divide fast; the lists give each a name.
    first = (
        f"list_transform([TRY_CAST(left({column}, 8) AS INTEGER)], lambda n: {_weighted(ID_WEIGHTS[:8])})[1]"
    )
    rest = f"TRY_CAST(substr({column}, 9, 9) AS INTEGER)"
    second = f"list_transform([{rest}], lambda n: {_weighted(ID_WEIGHTS[8:])})[1]"
    return (
        f"regexp_full_match({column}, '{_PLAIN_ID}')"
        f" AND substr('{ID_CHECKS}', 1 + ({first} + {second}) % 11, 1) = right({column}, 1)"
    )


def _canonical_enterprise_code(column: str) -> str:
    values = (
        f"(instr('{USCC_ALPHABET}', substr({column}, {place}, 1)) - 1) * {weight}"
        for place, weight in enumerate(_USCC_WEIGHTS, start=1)
    )
    check = f"substr('{USCC_ALPHABET}', 1 + (31 - ({' + '.join(values)}) % 31) % 31, 1)"
    return f"regexp_full_match({column}, '{_USCC.pattern}') AND {check} = right({column}, 1)"


def _weighted(weights: tuple[int, ...]) -> str:
    last = len(weights) - 1
    return " + ".join(f"n // {10 ** (last - place)} % 10 * {weight}" for place, weight in enumerate(weights))


def _is_uscc(text: str) -> bool:
    return bool(_USCC.fullmatch(text)) and uscc_check_character(text[:17]) == text[17]


def _is_org_code(text: str) -> bool:
    return bool(_ORG_CODE.fullmatch(text)) and org_check_character(text[:8]) == text[8]


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True
