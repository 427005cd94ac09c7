"""Dates and months of every shape that exports carry, as ISO text."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from etl.clean.base import Cleaned, Cleaner, Context, Outcome, Unclean, changed, is_null, narrow, tidy

# Dates that mean "no end" or "not known" in the systems that wrote them.
SENTINELS = frozenset({"0001-01-01", "1900-01-01", "1899-12-30", "1899-12-31", "2500-01-01", "9999-12-31"})
# Zero as a day of a spreadsheet.
_ZERO = re.compile(r"1900[-/.年]0?1[-/.月]0?0日?")
_OPEN_ENDED = frozenset({"长期", "永久", "长期有效", "永久有效", "至今", "不限"})
# Days before and after these are errors.
FIRST_DAY, LAST_DAY = date(1900, 2, 1), date(2099, 12, 31)

_EPOCH = re.compile(r"-?\d{10,13}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?")
_COMPACT_MONTH = re.compile(r"(\d{4})(\d{2})")
_SERIAL = re.compile(r"([1-9]\d{4})(?:\.\d+)?")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})")
_CLOCK = r"(?:[T ]?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_PARTS = re.compile(rf"(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})[日号]?{_CLOCK}")
_MONTH_PARTS = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
# Numbers with single marks between: no words, ranges or numerals to look for.
_PLAIN = re.compile(r"[0-9]+(?:[-/.年月][0-9]+)*日?")
_MIDNIGHT = re.compile(r" 00:00:00(?:\.0+)?")
_AROUND_MARKS = re.compile(r" ?([年月日]) ?")
_WEEKDAY = re.compile(r" ?(?:星期|周)[一二三四五六日天]$")
_PREFIX = re.compile(r"^(?:有效期)?(?:截止日期|截止到|截止|截至|至|到|[:：])+")
_SUFFIX = re.compile(r"(?:止|前有效|前)$")
_RANGE = re.compile(r"\s*(?:至|到|~|～|—+|－|--| - )\s*")
# A hyphen is a mark inside a date too: it separates two dates only where both are whole.
_WHOLE = r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8})"
_HYPHENATED = re.compile(rf"(?:有效期:?)?({_WHOLE})-({_WHOLE})")
_NUMERALS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_EXCEL_EPOCH = date(1899, 12, 30)


def clean_date(value: str, context: Context, first_of_month: bool = False) -> Outcome:
    """An ISO date; sentinels and "long-term" are absent, a month alone is its first day.

    Of a range the last day is taken: only `split: range` sees both. `first_of_month` gives the month's
    first day.

    >>> clean_date("有效期至2026年5月1日", Context())
    Cleaned(value='2026-05-01', rule='date_shape')
    >>> clean_date("1619798400000", Context())
    Cleaned(value='2021-05-01', rule='date_epoch')
    >>> clean_date("2500-01-01", Context())
    Cleaned(value=None, rule='date_sentinel')
    """
    return _clean_date(value, context.date_format, context.timezone, first_of_month)


# The same days come again and again, in every column and every file.
@lru_cache(1 << 16)
def _clean_date(  # noqa: PLR0911  # one return for each rule
    value: str, date_format: str | None, timezone: str, first_of_month: bool
) -> Outcome:
    text = value
    if not _PLAIN.fullmatch(value):
        text = narrow(tidy(value))
        if is_null(text):
            return Cleaned(None)
        if text in _OPEN_ENDED:
            return Cleaned(None, "date_open_ended")
        text = _bare(text)
        if text in _OPEN_ENDED:
            return Cleaned(None, "date_open_ended")
    if ends := _ends(text):
        return _named(_clean_date(ends[1], date_format, timezone, first_of_month), "date_range_end")
    text = _arabic(text)
    if _ZERO.fullmatch(text):
        return Cleaned(None, "date_sentinel")
    parsed = _parse(text, date_format, timezone)
    if parsed is None:
        return Unclean("unreadable_date")
    day, rule = parsed
    if day.isoformat() in SENTINELS:
        return Cleaned(None, "date_sentinel")
    if not FIRST_DAY <= day <= LAST_DAY:
        return Unclean("date_out_of_range")
    return changed(value, (day.replace(day=1) if first_of_month else day).isoformat(), rule)


def split_range(value: str) -> tuple[str, str] | None:
    """Both ends of a range of dates as they stand, or None.

    >>> split_range("2021-03-01至2024-02-29")
    ('2021-03-01', '2024-02-29')
    """
    return _ends(_AROUND_MARKS.sub(r"\1", narrow(tidy(value))))


def _ends(text: str) -> tuple[str, str] | None:
    if found := _HYPHENATED.fullmatch(text):
        return found[1], found[2]
    ends = _RANGE.split(text)
    return (ends[0], ends[1]) if len(ends) == 2 and all(ends) else None


def _bare(text: str) -> str:
    """A date without the words, brackets, weekday and midnight around it.

    >>> _bare("(有效期至2026 年 5 月 1 日止)")
    '2026年5月1日'
    """
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    text = _WEEKDAY.sub("", _MIDNIGHT.sub("", _AROUND_MARKS.sub(r"\1", text)))
    return _SUFFIX.sub("", _PREFIX.sub("", text)).strip()


def date_cleaner(context: Context) -> Cleaner:
    return Cleaner(partial(clean_date, context=context), _canonical_date, values_repeat=True)


def month_cleaner(context: Context) -> Cleaner:
    clean = partial(clean_date, context=context, first_of_month=True)
    return Cleaner(
        clean, lambda column: f"{_canonical_date(column)} AND right({column}, 3) = '-01'", values_repeat=True
    )


def _canonical_date(column: str) -> str:
    round_trip = f"CAST(TRY_CAST({column} AS DATE) AS VARCHAR) = {column}"
    return f"{column} BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}' AND {round_trip}"


def _parse(  # noqa: PLR0911  # one return for each shape
    text: str, date_format: str | None, timezone: str
) -> tuple[date, str] | None:
    if date_format and date_format != "epoch_ms":
        try:
            return datetime.strptime(text, date_format).date(), "date_shape"
        except ValueError:
            pass
    if _EPOCH.fullmatch(text) and (date_format == "epoch_ms" or len(text.lstrip("-")) == 13):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))
        return moment.astimezone(ZoneInfo(timezone)).date(), "date_epoch"
    if found := _INSTANT.fullmatch(text):
        return _local(found[1] + found[2], timezone)
    if found := _PARTS.fullmatch(text) or _COMPACT.fullmatch(text):
        return _dated(found, "date_shape")
    if found := _MONTH_PARTS.fullmatch(text) or _COMPACT_MONTH.fullmatch(text):
        return _dated(found, "date_month_only")
    if found := _SERIAL.fullmatch(text):
        return _EXCEL_EPOCH + timedelta(days=int(found[1])), "date_excel_serial"
    return None


def _local(text: str, timezone: str) -> tuple[date, str] | None:
    """The day on which an instant falls in a time zone."""
    try:
        return datetime.fromisoformat(text).astimezone(ZoneInfo(timezone)).date(), "date_shape"
    except (ValueError, OverflowError):
        return None


def _dated(found: re.Match[str], rule: str) -> tuple[date, str] | None:
    numbers = [int(part) for part in found.groups() if part]
    try:
        return date(numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else 1), rule
    except ValueError:
        return None


def _arabic(text: str) -> str:
    """Chinese numerals of a date as digits.

    >>> _arabic("二〇二六年十二月二十一日")
    '2026年12月21日'
    """
    if "十" in text:
        text = re.sub(r"(?<=[一二三])十(?=[一二三四五六七八九])", "", text)
        text = re.sub(r"(?<=[一二三])十", "零", text)
        text = re.sub(r"十(?=[一二三四五六七八九])", "一", text).replace("十", "一零")
    return text.translate(_NUMERALS)


def _named(outcome: Outcome, rule: str) -> Outcome:
    return Cleaned(outcome.value, rule) if isinstance(outcome, Cleaned) else outcome
