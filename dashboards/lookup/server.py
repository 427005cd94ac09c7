"""Assembling the instance and serving it."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from time import time
from zoneinfo import ZoneInfo

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dashboards.lookup import plugin
from dashboards.lookup.correcting.desk import Desk
from dashboards.lookup.guard.admission import Admission
from dashboards.lookup.guard.crowd import Crowd
from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.wire import Protocol
from dashboards.lookup.opening import Releases, refuse_broken_sqlite
from dashboards.lookup.settings import Settings, load_settings
from dashboards.lookup.telemetry.access_log import AccessLog
from dashboards.lookup.telemetry.figures import Figures
from etl.keys import qr_key
from etl.settings import Store


def create(
    store: Store,
    settings: Settings | None = None,
    today: Callable[[], date] | None = None,
    clock: Callable[[], float] = time,
) -> Datasette:
    """An instance for a store. `today` is the calendar by which publication windows end, `clock` the one by which
    quotas refill.

    Raises:
        BadInput: the store has no release with a lookup database.
        Refused: this SQLite must not be used.
    """
    refuse_broken_sqlite()
    settings = settings or load_settings()
    zone = ZoneInfo(settings.time_zone)
    if not pm.is_registered(plugin):
        pm.register(plugin, name="jzs-lookup")
        pm.unregister(name="datasette.handle_exception")
    datasette = Datasette([], settings=_closed(settings))
    buckets, releases = (
        Buckets(settings.quotas, store.quotas, clock),
        Releases(datasette, store, settings.tones),
    )
    today = today or (lambda: datetime.now(zone).date())
    plugin.LOOKUPS[datasette] = plugin.Lookup(
        settings,
        releases,
        buckets,
        Admission(settings.persons, store.quotas, clock),
        AccessLog(settings.access_log, store.access_log, buckets.pseudonym, clock),
        Figures(releases, today),
        today,
        partial(qr_key, store),
        Desk(store, settings.correction.most_waiting),
    )
    return datasette


def configure(datasette: Datasette, host: str, port: int, proxies: str = "") -> uvicorn.Config:
    """The web server: its own log of accesses is off (paths and addresses are personal data), no version is told.

    `proxies`: addresses whose word on a visitor's address counts, commas between; by default nobody's, for one that
    passes on what a visitor claims would let everybody be anybody.
    """
    lookup = plugin.LOOKUPS[datasette]
    app = ProxyHeadersMiddleware(datasette.app(), proxies)
    limits = lookup.settings.connections
    protocol = partial(
        Protocol,
        limits=limits,
        head_bytes=lookup.settings.head_bytes,
        crowd=Crowd(limits.shares, app.trusted_hosts.__contains__),
        tell=lookup.tell,
        count=lookup.figures.count,
    )
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        proxy_headers=False,
        access_log=False,
        server_header=False,
        log_level="error",
        lifespan="on",
        timeout_keep_alive=limits.idle_seconds,
    )


def _closed(settings: Settings) -> dict[str, object]:
    """Datasette's own features, all off."""
    off = ("default_allow_sql", "allow_download", "allow_csv_stream", "allow_facet", "suggest_facets")
    return dict.fromkeys((*off, "allow_signed_tokens", "trace_debug", "template_debug"), False) | {
        "max_returned_rows": 50,
        "default_page_size": settings.most_results,
        "num_sql_threads": settings.threads,
        "sql_time_limit_ms": settings.query_milliseconds,
    }
