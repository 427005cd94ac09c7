"""数据质量 | Data quality: what was received, accepted, set aside and why, rewritten, and what moved."""

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from dashboards.ui import exhibit
from dashboards.ui.bars import Bar, bar_list
from dashboards.ui.numbers import day, exact, percent, short
from dashboards.workforce import parts
from dashboards.workforce.release import Result
from dashboards.workforce.view import Page, View

NONE = "all"
WITHHELD = "withheld"  # code of the rows and cells whose reasons and rules are not told apart
COUNTS = ("received", "accepted", "quarantined", "duplicate", "out_of_scope")
MOVES = ("appeared", "changed", "vanished", "stayed")
TOP = 12


def show(view: View) -> None:
    sources = view.release.rows("quality_sources")
    exhibit.figures(_figures(view, sources))
    exhibit.findings(_findings(view, sources))
    if view.release.offers("quality_changes"):
        _warnings(view)
    division = _choose(view)
    place = view.text("quality.all") if division is None else view.name("division", division)
    _sources(view, division, place)
    if view.release.offers("quality_reasons"):
        _reasons(view, division, place)
    if division is None and view.release.offers("quality_divisions"):
        _divisions(view)
    if view.release.offers("quality_repairs"):
        _repairs(view, division, place)
    if view.release.offers("quality_changes"):
        _changes(view, division, place)
    fates = ("accepted", "quarantined", "duplicate", "out_of_scope", "whole")
    exhibit.definitions([(view.text(f"quality.{f}"), view.text(f"quality.{f}.meaning")) for f in fates])


def total(rows: Sequence[Any], count: str) -> int:
    """Sum of one column of a result; what is told as "few" counts as nothing."""
    return sum(getattr(row, count) or 0 for row in rows)


def _choose(view: View) -> str | None:
    """The division asked for, None for all; no choice where the register has no divisions."""
    if not view.release.offers("quality_divisions"):
        return None
    codes = view.order("division", {row.division_code for row in view.release.rows("quality_divisions")})
    if not codes:
        return None

    def name(code: str) -> str:
        return view.text("choose.all") if code == NONE else view.name("division", code)

    picked = exhibit.choose("division", view.text("choose.division"), [NONE, *codes], name, NONE)
    return None if picked == NONE else picked


def _figures(view: View, sources: Result) -> list[tuple[str, str, str]]:
    received = total(sources, "received")
    origin = view.text("quality.rows", sources=len(sources))
    shares = [
        (fate, total(sources, fate), view.text("quality.share", share=_share(total(sources, fate), received)))
        for fate in ("accepted", "quarantined", "duplicate")
    ]
    return [
        (view.text("quality.received"), short(received, view.lang), origin),
        *((view.text(f"quality.{fate}"), short(count, view.lang), share) for fate, count, share in shares),
    ]


def _share(count: int, whole: int) -> str:
    """A share with digits enough to tell it from nothing and from everything."""
    share = count / whole if whole else 0
    return percent(share, 1 if 0.001 < share < 0.999 or share in (0, 1) else 2)


def _findings(view: View, sources: Result) -> list[str]:
    sentences = []
    reasons = view.release.rows("quality_reasons") if view.release.offers("quality_reasons") else ()
    if top := next(iter(_told(reasons)), None):
        reason = view.name("reason", top.reason_code)
        sentences.append(view.text("quality.find.top", reason=reason, rows=exact(top.rows)))
    if view.release.offers("quality_changes"):
        moved = view.release.rows("quality_changes")
        counts = {move: exact(total(moved, move)) for move in MOVES}
        sentences.append(view.text("quality.find.moved", **counts))
    else:
        sentences.append(view.text("quality.find.first"))
    if dated := [row.newest for row in sources if row.newest]:
        newest, oldest = day(max(dated), view.lang), day(min(dated), view.lang)
        sentences.append(view.text("quality.find.dated", newest=newest, oldest=oldest))
    if undated := [row for row in sources if row.newest is None]:
        sentences.append(view.text("quality.find.undated", count=len(undated)))
    return sentences


def _warnings(view: View) -> None:
    rows = view.release.rows("quality_warnings") if view.release.offers("quality_warnings") else ()
    key = "quality.warnings.lead" if rows else "quality.warnings.none"
    exhibit.heading(view.text(key, count=len(rows)), view.text("quality.warnings.sub"))
    lines = [
        view.text(
            "quality.warning",
            source=view.name("source", row.source_code),
            division=view.name("division", row.division_code) or view.text("quality.everywhere"),
            bound=view.name("bound", row.bound_code),
            found=percent(row.found),
            limit=percent(row.allowed, 0),
        )
        for row in rows
    ]
    if lines:
        st.html(f'<ul class="warnings">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>')


def _told(rows: Sequence[Any]) -> list[Any]:
    """The reasons that are told apart, those with a number."""
    return [row for row in rows if row.rows is not None and row.reason_code != WITHHELD]


def _sources(view: View, division: str | None, place: str) -> None:
    rows = view.release.rows("quality_sources", division=division)
    received = total(rows, "received")
    share = _share(total(rows, "accepted"), received)
    lead = view.text("quality.sources.lead", place=place, received=short(received, view.lang), share=share)
    dated = any(row.newest for row in rows)
    heads = [parts.label(view, c) for c in ("source_code", *(("newest",) if dated else ()), *COUNTS)]
    listed = [
        [
            view.name("source", row.source_code),
            *((day(row.newest, view.lang) if row.newest else "",) if dated else ()),
            *(exact(getattr(row, count)) for count in COUNTS),
        ]
        for row in rows
    ]
    words = parts.words(view, "quality.sources", lead)
    exhibit.listing("sources", words, exhibit.Table(heads, listed, 2 if dated else 1), parts.link(view, rows))


def _reasons(view: View, division: str | None, place: str) -> None:
    rows = view.release.rows("quality_reasons", division=division)
    held = total(view.release.rows("quality_sources", division=division), "quarantined")
    if not held:
        exhibit.heading(view.text("quality.reasons.none", place=place))
        return
    told = exact(total(_told(rows), "rows"))
    lead = view.text("quality.reasons.lead", place=place, held=exact(held), told=told)
    if not rows:
        exhibit.heading(lead)
        return
    _counted(view, "reasons", lead, rows, ("reason", "rows", view.colours.contrast))


def _repairs(view: View, division: str | None, place: str) -> None:
    rows = view.release.rows("quality_repairs", division=division)
    if not rows:
        exhibit.heading(view.text("quality.repairs.none", place=place))
        return
    lead = view.text("quality.repairs.lead", place=place, cells=short(total(rows, "cells"), view.lang))
    _counted(view, "repairs", lead, rows, ("rule", "cells", view.colours.accent))


def _counted(view: View, key: str, lead: str, rows: Result, what: tuple[str, str, str]) -> None:
    """The largest counts as bars, all of them in the table. `what`: code list, measure, colour."""
    code_list, measure, colour = what
    top = max(getattr(row, measure) or 0 for row in rows) or 1
    told = [
        (
            view.name(code_list, getattr(row, f"{code_list}_code")),
            view.name("field", row.field_code) if row.field_code else "",
            _count(view, getattr(row, measure)),
        )
        for row in rows
    ]
    bars = [
        Bar(*line, (getattr(row, measure) or 0) / top)
        for line, row in zip(told[:TOP], rows[:TOP], strict=True)
    ]
    heads = [parts.label(view, column) for column in (f"{code_list}_code", "field_code", measure)]
    words = parts.words(view, f"quality.{key}", lead)
    _exhibit(
        view,
        words,
        bar_list(bars, colour, lead),
        exhibit.Table(heads, [list(line) for line in told], 2),
        rows,
    )


def _count(view: View, value: int | None) -> str:
    """A number, or that it is too small to be told."""
    return view.text("quality.few") if value is None else exact(value)


def _divisions(view: View) -> None:
    rows = view.release.rows("quality_divisions")
    if len(rows) < 2 or not total(rows, "quarantined"):
        return
    top = rows[0].rate
    name = view.name("division", rows[0].division_code)
    lead = view.text("quality.divisions.lead", name=name, rate=f"{rows[0].rate:.1f}")
    bars = [
        Bar(view.name("division", row.division_code), "", f"{row.rate:.1f}", row.rate / top)
        for row in rows
        if row.quarantined
    ]
    words = parts.words(view, "quality.divisions", lead, rest=len(rows) - len(bars))
    drawing = bar_list(bars, view.colours.contrast, lead)
    _exhibit(view, words, drawing, parts.table(view, rows, ["division_code", "rate", *COUNTS]), rows)


def _changes(view: View, division: str | None, place: str) -> None:
    rows = view.release.rows("quality_changes", division=division)
    if not rows:
        return
    counts = {move: exact(total(rows, move)) for move in MOVES}
    lead = view.text("quality.changes.lead", place=place, **counts)
    words = parts.words(view, "quality.changes", lead)
    exhibit.listing(
        "changes", words, parts.table(view, rows, ["record_code", *MOVES]), parts.link(view, rows)
    )


def _exhibit(view: View, words: exhibit.Words, drawing: str, table: exhibit.Table, rows: Result) -> None:
    exhibit.exhibit(rows.query, words, lambda: st.html(drawing), table, parts.link(view, rows))


PAGE = Page(key="quality", order=90, needs=("quality_sources",), show=show)
