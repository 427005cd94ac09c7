"""Free text and person names."""

import re

from etl.clean.base import Cleaned, Cleaner, Context, Outcome, Unclean, changed, is_mojibake, is_null, tidy

_DOTS = re.compile(r" *[·•．・‧∙.]+ *")
_LATIN = re.compile("[A-Za-z]")
_LOST = re.compile("[?？□〓■]")
_DESCRIBED = re.compile("[(（][^)）]*[上下左右][^)）]*[)）]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_SHORT_NAME = 4


def clean_text(value: str) -> Outcome:
    """Tidied text; full-width brackets and rare characters stay.

    >>> clean_text(" 甲\\u3000公司（北京） ")
    Cleaned(value='甲 公司（北京）', rule='whitespace')
    """
    text = tidy(value)
    if is_null(text):
        return Cleaned(None)
    if is_mojibake(text):
        return Unclean("mojibake")
    return changed(value, text, "whitespace")


def clean_name(value: str) -> Outcome:  # noqa: PLR0911  # one return for each rule
    """A person's name: one middle dot U+00B7, no inner spaces in a short Chinese name.

    A name with a lost, described, masked or private-use character is unclean: nobody can tell which it was.

    >>> clean_name("张　三")
    Cleaned(value='张三', rule='inner_space')
    >>> clean_name("买买提．艾力")
    Cleaned(value='买买提·艾力', rule='middle_dot')
    """
    text = tidy(value)
    if is_null(text):
        return Cleaned(None)
    if is_mojibake(text) or _LOST.search(text):
        return Unclean("lost_character")
    if "*" in text or "＊" in text:
        return Unclean("masked")
    if _DESCRIBED.search(text) or _PRIVATE.search(text):
        return Unclean("described_character")
    if _LATIN.search(text):
        return changed(value, text, "whitespace")
    dotted = _DOTS.sub("·", text).strip("· ")
    joined = dotted.replace(" ", "")
    if len(joined) > _SHORT_NAME or "·" in joined:
        joined = dotted
    if not joined:
        return Unclean("lost_character")
    rule = "middle_dot" if dotted != text else "inner_space" if joined != tidy(value) else "whitespace"
    return changed(value, joined, rule)


def _canonical_text(column: str) -> str:
    plain = "!-&(-~一-鿿（）〔〕"
    return (
        f"length({column}) > 1 AND regexp_full_match({column}, '[{plain}]+( [{plain}]+)*')"
        f" AND (length({column}) > 4 OR lower({column}) NOT IN ('--', 'null', 'none', 'n/a', 'nan'))"
        f" AND NOT contains({column}, '锟斤拷') AND NOT contains({column}, '鈥')"
    )


def _canonical_name(column: str) -> str:
    return (
        f"regexp_full_match({column}, '[一-鿿]{{2,4}}')"
        f" AND NOT contains({column}, '锟斤拷') AND NOT contains({column}, '鈥')"
    )


def text_cleaner(_: Context) -> Cleaner:
    return Cleaner(clean_text, _canonical_text, values_repeat=True)


def name_cleaner(_: Context) -> Cleaner:
    return Cleaner(clean_name, _canonical_name)
