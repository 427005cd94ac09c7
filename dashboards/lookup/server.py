"""Assembling the instance and serving it."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from time import time
from zoneinfo import ZoneInfo

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm

from dashboards.lookup import plugin
from dashboards.lookup.quota import Buckets
from dashboards.lookup.release import Releases, refuse_broken_sqlite
from dashboards.lookup.settings import Settings, load_settings
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
    plugin.LOOKUPS[datasette] = plugin.Lookup(
        settings,
        Releases(datasette, store),
        Buckets(settings.quotas, store.quotas, clock),
        today or (lambda: datetime.now(zone).date()),
        partial(qr_key, store),
    )
    return datasette


def configure(datasette: Datasette, host: str, port: int) -> uvicorn.Config:
    """The web server: no access log (paths and addresses are personal data), no version in a header."""
    return uvicorn.Config(
        datasette.app(),
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        log_level="warning",
        lifespan="on",
        timeout_keep_alive=15,
        limit_concurrency=512,
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
