"""Figures with published error, as HTML: a bar, a thin line over its end for the error, the figure beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Figure:
    """One protected figure; `value` is None where it is not shown, and `text` says why.

    `band` is twice the standard error. `grade` is the quality class, `meaning` its words.
    """

    value: int | None
    band: float
    text: str
    grade: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a drawing: what it stands for, and its figures (one, or left and right)."""

    name: str
    figures: Sequence[Figure]


def pyramid(heads: Sequence[str], lines: Sequence[Line]) -> str:
    """Two columns of bars that grow away from the names in the middle; a single one stands on the right."""
    top = _top(lines)
    sides = ("left", "right") if len(heads) > 1 else ("right",)
    rows = [
        _row(
            "",
            [
                f'<div class="side {s}"><strong>{escape(h)}</strong></div>'
                for s, h in zip(sides, heads, strict=True)
            ],
        )
    ]
    rows += [
        _row(line.name, [_side(figure, top, side) for side, figure in zip(sides, line.figures, strict=True)])
        for line in lines
    ]
    return f'<div class="pyramid">{"".join(rows)}</div>'


def bars(lines: Sequence[Line], label: str) -> str:
    """One bar a line, under its name and figure."""
    top = _top(lines)
    items = "".join(_item(line, top) for line in lines)
    return f'<ul class="bars banded" aria-label="{escape(label, quote=True)}">{items}</ul>'


def _top(lines: Sequence[Line]) -> float:
    """The largest figure with its error."""
    return max(((f.value or 0) + f.band for line in lines for f in line.figures), default=0) or 1


def _row(name: str, sides: Sequence[str]) -> str:
    left = sides[0] if len(sides) > 1 else "<div></div>"
    return f'<div class="line">{left}<div class="band">{escape(name)}</div>{sides[-1]}</div>'


def _side(figure: Figure, top: float, side: str) -> str:
    return f'<div class="side {side}">{_track(figure, top)}{_label(figure)}</div>'


def _item(line: Line, top: float) -> str:
    figure = line.figures[0]
    return f'<li><span class="name">{escape(line.name)}</span>{_label(figure)}{_track(figure, top)}</li>'


def _track(figure: Figure, top: float) -> str:
    """The bar, and the line for its error, which does not go below zero; both reach as far as the error does."""
    if figure.value is None:
        return '<span class="track untold" aria-hidden="true"><i></i></span>'
    reach = figure.value + figure.band
    start = max(figure.value - figure.band, 0)
    return (
        f'<span class="track" aria-hidden="true"><span class="reach" style="--part:{reach / top:.4f}">'
        f'<i style="width:{_share(figure.value, reach)}"></i><b style="width:{_share(reach - start, reach)}"></b>'
        "</span></span>"
    )


def _share(value: float, reach: float) -> str:
    return f"{100 * value / reach:.2f}%" if reach else "0"


def _label(figure: Figure) -> str:
    """The figure in text, with its class."""
    if figure.value is None:
        return f'<span class="value untold">{escape(figure.text)}</span>'
    grade = f' <abbr title="{escape(figure.meaning, quote=True)}">{escape(figure.grade)}</abbr>'
    return f'<span class="value">{escape(figure.text)}{grade}</span>'
