"""Numbers and dates as a reader of the language expects them."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

MISSING = "—"


def exact(value: float | None) -> str:
    """All digits, in thousands."""
    if value is None:
        return MISSING
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def short(value: float | None, lang: str) -> str:
    """Three or four significant digits with 万/亿 in Chinese, million in English."""
    if value is None:
        return MISSING
    units = ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e6, " million"),)
    for size, unit in units:
        if abs(value) >= size:
            scaled = value / size
            return (
                f"{scaled:,.1f}".removesuffix(".0") + unit if abs(scaled) >= 10 else f"{scaled:,.2f}" + unit
            )
    return exact(value)


def percent(value: float | None, digits: int = 1) -> str:
    """A ratio as a percentage."""
    return MISSING if value is None else f"{value * 100:.{digits}f}%"


def signed_percent(value: float | None, digits: int = 1) -> str:
    """A ratio of change with its sign; a true minus sign, so that it lines up with plus."""
    if value is None:
        return MISSING
    return f"{value * 100:+.{digits}f}%".replace("-", "−")


def signed(value: float | None, lang: str) -> str:
    """A difference with its sign."""
    if value is None:
        return MISSING
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + short(abs(value), lang)


def change(now: float | None, before: float | None) -> float | None:
    """Relative change, None where there is nothing to compare with."""
    return None if now is None or not before else now / before - 1


def day(value: date, lang: str) -> str:
    return f"{value.year}年{value.month}月{value.day}日" if lang == "zh" else f"{value.day} {value:%B %Y}"


def month(value: date, lang: str) -> str:
    return f"{value.year}年{value.month}月" if lang == "zh" else f"{value:%B %Y}"


def quarter(value: date, lang: str) -> str:
    number = (value.month + 2) // 3
    return f"{value.year}年{number}季度" if lang == "zh" else f"{value.year} Q{number}"


def observed(value: date, lang: str) -> str:
    """Short name of an observation: its quarter where the day ends one, else the day itself."""
    return quarter(value, lang) if _ends_quarter(value) else day(value, lang)


def when(value: date, lang: str) -> str:
    """An observation as it stands in a sentence: 2026年3季度末, at the end of 2026 Q3, on 31 October 2026."""
    if lang == "zh":
        return observed(value, lang) + ("末" if _ends_quarter(value) else "")
    return f"{'at the end of' if _ends_quarter(value) else 'on'} {observed(value, lang)}"


def _ends_quarter(value: date) -> bool:
    after = value + timedelta(days=1)
    return after.day == 1 and after.month % 3 == 1


def ticks(top: float, lang: str, bottom: float = 0, count: int = 5) -> tuple[list[float], list[str]]:
    """Round axis positions from `bottom` to past `top`, with their labels."""
    span = max(top - bottom, 1)
    raw = span / count
    power = 10 ** math.floor(math.log10(raw))
    steps = (power * factor for factor in (1, 2, 2.5, 5, 10))
    step = next(step for step in steps if step >= raw and step == round(step))  # what is counted is whole
    first = math.floor(bottom / step)
    values = [step * i for i in range(first, math.ceil(top / step) + 1)]
    return values, [_tick(value, lang) for value in values]


def _tick(value: float, lang: str) -> str:
    text = short(abs(value), lang)
    for zeros in (".00", "0"):
        head, dot, tail = text.partition(".")
        if dot and zeros in tail:
            digits = tail.rstrip("万亿 milon")
            unit = tail[len(digits) :]
            digits = digits.rstrip("0")
            text = f"{head}.{digits}{unit}" if digits else head + unit
    return ("−" if value < 0 else "") + text


def quantile_breaks(values: Sequence[float], classes: int) -> list[float]:
    """Class limits (lowest, inner breaks, highest) that put about equally many values in each class.

    Repeated limits are merged, so few distinct values give fewer classes.
    """
    ordered = sorted(values)
    if not ordered:
        return []
    inner = [ordered[len(ordered) * i // classes] for i in range(1, classes)]
    limits = [ordered[0], *inner, ordered[-1]]
    return sorted(set(limits))


def class_of(value: float, limits: Sequence[float]) -> int:
    """Zero-based class of a value among `limits`; the highest limit belongs to the last class."""
    inner = limits[1:-1]
    return sum(value >= limit for limit in inner)
