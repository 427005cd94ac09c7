"""总览 | Overview: headline figures, findings, trend, events, expiries."""

from datetime import date

import streamlit as st

from dashboards.ui import charts, exhibit
from dashboards.ui.numbers import day, exact, month, observed, short, signed_percent, when
from dashboards.workforce import parts
from dashboards.workforce.release import Result
from dashboards.workforce.view import Page, View

EVENT_MONTHS = 60
EVENT_KINDS = 6
SOON, YEAR = 6, 12  # months ahead


def show(view: View) -> None:
    exhibit.figures(_figures(view))
    if sentences := _findings(view):
        exhibit.findings(sentences)
    _trend(view)
    if view.release.offers("events"):
        _events(view)
    if view.release.offers("expiries"):
        _expiries(view)


def _series(view: View) -> dict[str, list[tuple[date, int]]]:
    """Quarterly stocks by measure, those that the release has."""
    rows = view.release.rows("headline")
    found = {
        "persons": [(row.quarter_end, row.persons) for row in rows],
        "certificates": [(row.quarter_end, row.certificates) for row in rows],
    }
    if view.release.offers("registrations"):
        stock = view.release.rows("registrations")
        found["registrations"] = [(row.quarter_end, row.registrations) for row in stock]
    return found


def _figures(view: View) -> list[tuple[str, str, str]]:
    items = []
    for measure, rows in _series(view).items():
        if rows:
            stock = parts.stock(rows)
            items.append((view.text(f"measure.{measure}"), short(stock.now, view.lang), _remark(view, stock)))
    if view.release.offers("enterprises"):
        count = view.release.rows("enterprises")[0].enterprises
        items.append(
            (view.text("measure.enterprises"), short(count, view.lang), view.text("overview.employing"))
        )
    return items


def _remark(view: View, stock: parts.Stock) -> str:
    value = exact(stock.now)
    if stock.moved is None:
        return "" if value == short(stock.now, view.lang) else value
    key = "year" if value != short(stock.now, view.lang) else "change"
    on = observed(stock.on, view.lang)
    return view.text(f"overview.{key}", value=value, change=signed_percent(stock.moved), on=on)


def _findings(view: View) -> list[str]:
    return [s for s in (_grown(view), _largest(view), _multiple(view), _due(view)) if s]


def _grown(view: View) -> str:
    stock = parts.stock(_series(view)["persons"])
    if stock.moved is None:
        return ""
    return view.text(
        f"find.{'rose' if stock.moved > 0 else 'fell'}",
        persons=short(stock.now, view.lang),
        change=signed_percent(abs(stock.moved)).lstrip("+"),
        on=observed(stock.on, view.lang),
    )


def _largest(view: View) -> str:
    if not view.release.offers("divisions"):
        return ""
    rows = view.release.rows("divisions")
    everyone = sum(row.persons for row in rows)
    if len(rows) < 4 or not everyone:
        return ""
    names = [view.name("division", row.division_code) for row in rows[:3]]
    share = sum(row.persons for row in rows[:3]) / everyone
    return view.text("find.largest", names=_listed(view, names), share=f"{share:.0%}")


def _listed(view: View, names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return "、".join(names) if view.lang == "zh" else ", ".join(names[:-1]) + " and " + names[-1]


def _multiple(view: View) -> str:
    series = _series(view)
    if not series.get("registrations"):
        return ""
    persons, registrations = (parts.stock(series[name]).now for name in ("persons", "registrations"))
    if not persons or registrations <= persons:
        return ""
    return view.text("find.multiple", ratio=f"{registrations / persons:.2f}")


def _due(view: View) -> str:
    if not view.release.offers("expiries"):
        return ""
    rows = [row for row in view.release.rows("expiries") if row.months_ahead < YEAR]
    if not rows:
        return ""
    peak = max(rows, key=lambda row: row.registrations)
    due = sum(row.registrations for row in rows)
    return view.text("find.due", due=short(due, view.lang), month=month(peak.month_ahead, view.lang))


def _trend(view: View) -> None:
    rows = view.release.rows("headline")
    if len(rows) < 2:
        return
    times = [row.quarter_end for row in rows]
    measures = [m for m in ("persons", "certificates") if _differ(view, m)]
    lines = [charts.Series(view.text(f"measure.{m}"), [getattr(row, m) for row in rows]) for m in measures]
    first, last = rows[0], rows[-1]
    lead = view.text(
        "trend.lead",
        start=when(first.quarter_end, view.lang),
        before=short(first.persons, view.lang),
        end=when(last.quarter_end, view.lang),
        now=short(last.persons, view.lang),
    )
    words = parts.words(view, "trend", lead, view.text("trend.alt", quarters=len(rows)))
    notes = _notes(view, times)
    figure = charts.lines(times, lines, notes, view.colours, view.lang)
    listed = parts.table(view, rows, ["quarter_end", "persons", "certificates"])

    def draw() -> None:
        exhibit.chart(figure, words.alt, "trend")
        if notes:
            exhibit.definitions([(day(note.on, view.lang), note.text) for note in notes])

    exhibit.exhibit("trend", words, draw, listed, parts.link(view, rows))


def _differ(view: View, measure: str) -> bool:
    """Whether a measure tells more than the number of persons."""
    rows = view.release.rows("headline")
    return measure == "persons" or any(getattr(row, measure) != row.persons for row in rows)


def _notes(view: View, times: list[date]) -> list[charts.Note]:
    if not view.release.offers("annotations"):
        return []
    rows = view.release.rows("annotations")
    return [
        charts.Note(row.on_date, getattr(row, view.lang))
        for row in rows
        if times[0] <= row.on_date <= times[-1]
    ]


def _events(view: View) -> None:
    rows = view.release.rows("events")
    times = sorted({row.month for row in rows})[-EVENT_MONTHS:]
    series = _event_series(view, rows, times)
    sums = {when: sum(line.values[i] or 0 for line in series) for i, when in enumerate(times)}
    if not sums:
        return
    peak = max(sums, key=lambda when: sums[when])
    lead = view.text(
        "events.lead",
        mean=short(round(sum(sums.values()) / len(sums)), view.lang),
        peak=month(peak, view.lang),
        most=short(sums[peak], view.lang),
    )
    names = [line.name for line in series]
    words = parts.words(view, "events", lead, view.text("events.alt", kinds=_listed(view, names)))
    figure = charts.stacked(times, series, view.colours, view.lang)
    listed = [
        [month(when, view.lang), *(exact(line.values[i]) for line in series)] for i, when in enumerate(times)
    ]

    def draw() -> None:
        exhibit.legend(names, view.colours.categories)
        exhibit.chart(figure, words.alt, "events")

    heads = [parts.label(view, "month"), *names]
    exhibit.exhibit("events", words, draw, exhibit.Table(heads, listed[::-1]), parts.link(view, rows))


def _event_series(view: View, rows: Result, times: list[date]) -> list[charts.Series]:
    """The most frequent kinds of event in the order of their list, the rest as one series."""
    sums: dict[str, int] = {}
    found: dict[tuple[date, str], int] = {}
    for row in rows:
        sums[row.event_type_code] = sums.get(row.event_type_code, 0) + row.events
        found[row.month, row.event_type_code] = row.events
    ranked = sorted(sums, key=lambda kind: -sums[kind])
    kept, rest = view.order("event_type", set(ranked[:EVENT_KINDS])), ranked[EVENT_KINDS:]
    series = [
        charts.Series(view.name("event_type", kind), [found.get((when, kind), 0) for when in times])
        for kind in kept
    ]
    if rest:
        others = [sum(found.get((when, kind), 0) for kind in rest) for when in times]
        series.append(charts.Series(view.text("events.other"), others))
    return series


def _expiries(view: View) -> None:
    rows = view.release.rows("expiries")
    if not rows:
        return
    times = [row.month_ahead for row in rows]
    values = [row.registrations for row in rows]
    near = [row.registrations for row in rows if row.months_ahead < SOON]
    lead = view.text("expiries.lead", soon=short(sum(near), view.lang), months=SOON)
    words = parts.words(view, "expiries", lead, view.text("expiries.alt", months=len(rows)))
    figure = charts.bars(times, values, view.colours, view.lang, hatch_from=len(near))
    listed = parts.table(view, rows, ["month_ahead", "registrations"])
    exhibit.exhibit(
        "expiries",
        words,
        lambda: exhibit.chart(figure, words.alt, "expiries"),
        listed,
        parts.link(view, rows),
    )
    st.html(f'<p class="sub">{view.text("expiries.note")}</p>')


PAGE = Page(key="overview", order=10, needs=("headline",), show=show)
