"""The workforce dashboard as an ASGI app: `streamlit run dashboards/workforce/app.py`."""

import gc
import gzip
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboards.ui.maps import areas
from dashboards.ui.server import Door, immutable, language, page_shell, plain_page
from dashboards.workforce import frame
from dashboards.workforce.catalogue import offered
from dashboards.workforce.download import to_csv
from dashboards.workforce.release import current

ICON = Path(__file__).with_name("icon.svg")
OWN_ROUTES = ("/_stcore/", "/media/", "/component/", "/geo/", "/data/", "/brand/", "/health")
EMPTY_TOPOLOGY: dict[str, Any] = {
    "type": "Topology",
    "arcs": [],
    "objects": {
        name: {"type": "GeometryCollection", "geometries": []}
        for name in ("coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits")
    },
}
NO_RELEASE = "尚无发布 · No release yet"
NO_PAGE = {"zh": "没有这个页面", "en": "There is no such page"}
FRONT_PAGE = {"zh": "返回首页", "en": "Front page"}


def shell(path: str, lang: str) -> Response | None:
    """The page shell for a page of the current release, 404 for any other, 503 before the first release."""
    if path.startswith(OWN_ROUTES):
        return None
    release = current()
    if release is None:
        return plain_page(lang, NO_RELEASE, "", 503)
    pages = offered(release)
    key = path.strip("/")
    if key not in {page.key for page in pages} | {""}:
        back = f'<p><a href="/?lang={lang}">{FRONT_PAGE[lang]}</a></p>'
        return plain_page(lang, NO_PAGE[lang], back, 404)
    if key == pages[0].key:  # Streamlit knows its first page by "/" only
        return RedirectResponse(f"/?lang={lang}")
    texts = release.texts[lang]
    name = texts[f"dashboard.page.{key or pages[0].key}"]
    title = f"{name} · {getattr(release.info, f'title_{lang}')}"
    return page_shell(
        lang,
        title,
        description=texts["dashboard.description"],
        no_script=texts["dashboard.no_script"],
        icon="/brand/icon.svg",
    )


async def geometry(request: Request) -> Response:
    """Boundaries of a release: one URL per version, so that browsers may keep them for ever."""
    release = current()
    path = release.geometry if release else None
    if release is None or path is None or request.path_params["version"] != release.info.version:
        return PlainTextResponse("not found", 404)
    body, etag = _geometry(path)
    return immutable(body, "application/geo+json", etag, request.headers)


@lru_cache(maxsize=2)
def _geometry(path: Path) -> tuple[bytes, str]:
    body = gzip.compress(areas(path).encode(), 6, mtime=0)
    return body, hashlib.sha256(body).hexdigest()[:20]


async def topology(request: Request) -> Response:
    """Plotly fetches a world map even for our own boundaries: it gets an empty one."""
    body = gzip.compress(json.dumps(EMPTY_TOPOLOGY).encode(), mtime=0)
    return immutable(body, "application/json", "empty", request.headers)


def data(request: Request) -> Response:
    """A result of one query as CSV (UTF-8 with byte-order mark, for spreadsheets)."""
    release = current()
    name = request.path_params["name"]
    if release is None or request.path_params["version"] != release.info.version:
        return PlainTextResponse("not found", 404)
    try:
        text = to_csv(release, name, dict(request.query_params), language(request.scope))
    except ValueError:
        return PlainTextResponse("bad parameter", 400)
    if text is None:
        return PlainTextResponse("not found", 404)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{release.info.version}.csv"'}
    return Response("\ufeff" + text, headers=headers, media_type="text/csv")


async def icon(request: Request) -> Response:
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(ICON.read_text(encoding="utf-8"), headers=headers, media_type="image/svg+xml")


async def health(request: Request) -> Response:
    """200 with the version being served, 503 before the first release."""
    release = current()
    return PlainTextResponse(release.info.version if release else "no release", 200 if release else 503)


@asynccontextmanager
async def warm(app: st.App) -> AsyncIterator[None]:
    """Loads what every page needs, then freezes it: no collection of garbage looks through it again."""
    if release := current():
        offered(release)
    gc.collect()
    gc.freeze()
    yield


def on_error(error: Exception) -> bool:
    """Logs the kind of error and where, and shows the visitor a sentence in their language."""
    logging.getLogger(__name__).error("page failed", exc_info=error)
    frame.apologise()
    return True


app = st.App(
    str(Path(frame.__file__).with_name("script.py")),
    lifespan=warm,
    routes=[
        Route("/geo/topojson/{name}", topology),
        Route("/geo/{version}/divisions.geojson", geometry),
        Route("/data/{version}/{name}.csv", data),
        Route("/brand/icon.svg", icon),
        Route("/health", health),
    ],
    middleware=[Middleware(Door, shell=shell)],
    on_script_error=on_error,
)
