"""A list of horizontal bars as HTML: name, remark, number, bar. Needs no chart library."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Bar:
    """One line; `share` is the length of its bar, 1 for the full width."""

    name: str
    remark: str
    value: str
    share: float


def bar_list(bars: Sequence[Bar], shade: str, label: str) -> str:
    """The lines in their order; a bar that is there at all is at least visible."""
    return f'<ul class="bars" aria-label="{escape(label, quote=True)}">{"".join(_line(b, shade) for b in bars)}</ul>'


def _line(bar: Bar, shade: str) -> str:
    remark = f" <small>{escape(bar.remark)}</small>" if bar.remark else ""
    drawn = f'<i style="width:{100 * bar.share:.1f}%;background:{shade}"></i>' if bar.share else ""
    return (
        f'<li><span class="name">{escape(bar.name)}{remark}</span><span class="value">{escape(bar.value)}</span>'
        f'<span class="bar" aria-hidden="true">{drawn}</span></li>'
    )
