"""`python -m dashboards.lookup --store DIR --port N`: serves the lookup of the store's current release."""

import logging
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import uvicorn

from dashboards.lookup.plugin import LOOKUPS
from dashboards.lookup.server import configure, create
from dashboards.lookup.settings import load_settings
from etl.addresses import FRONT
from etl.commands.usage import Parser
from etl.errors import UserError
from etl.settings import Store

# As uvicorn calls it.
_PROXIES = "FORWARDED_ALLOW_IPS"


def main() -> int:
    parser = Parser(prog="python -m dashboards.lookup", description="公开查询 | public lookup")
    parser.add_argument("--store", type=Path, required=True, help="存储目录 | store directory")
    parser.add_argument("--port", type=int, required=True, help="端口 | port")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址 | address to listen on (%(default)s)")
    parser.add_argument("--metrics-port", type=int, help="Prometheus 指标的端口 | port of the metrics")
    parser.add_argument(
        "--metrics-host",
        default="127.0.0.1",
        help="指标的内部地址 | private address of the metrics (%(default)s)",
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    settings = load_settings()
    settings = replace(settings, front=os.environ.get(FRONT, settings.front))
    try:
        datasette = create(Store(options.store), settings)
        if options.metrics_port:
            LOOKUPS[datasette].figures.serve(options.metrics_host, options.metrics_port)
        server = uvicorn.Server(
            configure(datasette, options.host, options.port, os.environ.get(_PROXIES, ""))
        )
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    with suppress(KeyboardInterrupt):  # uvicorn raises it once it has stopped
        server.run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
