"""The frame of every page: masthead, notice, menu, the page itself, foot."""

import os
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboards.ui.theme import palette, style_sheet
from dashboards.workforce.catalogue import offered
from dashboards.workforce.release import current
from dashboards.workforce.view import LANGUAGES, Page, View
from etl.addresses import FRONT, front_page


def run() -> None:
    """Draws one page of the current release for one visitor."""
    release = current()
    if release is None:
        st.stop()
    view = View(release, _language(), palette(st.context.theme.type))
    pages = offered(release)
    st.set_page_config(page_title=view.title, layout="wide", initial_sidebar_state="collapsed")
    st.html(style_sheet(view.colours))
    entries = {page.key: _entry(page, view, first=page is pages[0]) for page in pages}
    chosen = st.navigation(list(entries.values()), position="hidden")
    here = chosen.url_path or pages[0].key
    _masthead(view, here, first=here == pages[0].key)
    _menu(view, entries, here)
    chosen.run()
    _foot(view)


def apologise() -> None:
    """What a visitor reads when a page fails."""
    release = current()
    if release is not None:
        st.warning(release.texts[_language()]["dashboard.failed"])


def _language() -> str:
    asked = st.query_params.get("lang", LANGUAGES[0])
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _entry(page: Page, view: View, first: bool) -> st.Page:
    def show() -> None:
        page.show(view)

    title = f"{view.text(f'page.{page.key}')} · {view.title}"
    return st.Page(show, title=title, url_path="" if first else page.key, default=first)


def _masthead(view: View, here: str, first: bool) -> None:
    other = LANGUAGES[1 - LANGUAGES.index(view.lang)]
    kept = {key: value for key, value in st.query_params.to_dict().items() if key != "lang"}
    href = f"/{'' if first else here}?{urlencode({**kept, 'lang': other})}"
    notice = getattr(view.release.info, f"notice_{view.lang}", "") if view.release.info.synthetic else ""
    language = view.release.texts[other]["dashboard.language"]
    st.html(
        f'<a class="skip" href="#stMain">{escape(view.text("skip"))}</a>'
        f'<h1 class="unseen">{escape(view.text(f"page.{here}"))}</h1>'
        f'<div class="masthead"><strong>{escape(view.title)}</strong>'
        f'<span class="about">{escape(view.text("about", version=view.release.info.version))}</span>'
        f"{_home(view)}"
        f'<a href="{escape(href, quote=True)}" target="_self" lang="{other}">{escape(language)}</a></div>'
        + (f'<p class="notice" role="note">{escape(notice)}</p>' if notice else "")
    )


def _home(view: View) -> str:
    """The way back to the page that links all products, empty where there is none."""
    if not (address := os.environ.get(FRONT)):
        return ""
    href = front_page(address, st.context.headers.get("Host", ""), view.lang)
    return f'<a href="{escape(href, quote=True)}" target="_self">{escape(view.text("home"))}</a>'


def _menu(view: View, entries: dict[str, st.Page], here: str) -> None:
    with st.container(key="menu", horizontal=True):
        for key, entry in entries.items():
            with st.container(key=f"here-{key}" if key == here else f"menu-{key}", width="content"):
                st.page_link(entry, label=view.text(f"page.{key}"), query_params={"lang": view.lang})


def _foot(view: View) -> None:
    st.html(f'<div class="foot">{escape(view.text("foot"))}</div>')
