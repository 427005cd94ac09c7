"""Tables as HTML: readable without a canvas, by screen readers and on paper."""

from collections.abc import Sequence
from html import escape


def html_table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1, marked: str = ""
) -> str:
    """A captioned table in a box that scrolls by itself.

    The first `texts` columns are text (the first heads its row), the others numbers.
    `marked` is the row heading to highlight.
    """
    head = "".join(f'<th scope="col"{_kind(i, texts)}>{escape(h)}</th>' for i, h in enumerate(heads))
    body = "".join(_row(row, texts, marked) for row in rows)
    label = escape(caption, quote=True)
    return (
        f'<div class="table-box" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[str], texts: int, marked: str) -> str:
    chosen = ' class="marked"' if marked and row[0] == marked else ""
    cells = "".join(f"<td{_kind(i, texts)}>{escape(cell)}</td>" for i, cell in enumerate(row) if i)
    return f'<tr{chosen}><th scope="row">{escape(row[0])}</th>{cells}</tr>'


def _kind(index: int, texts: int) -> str:
    return "" if index < texts else ' class="number"'
