"""Figures of the running lookup for Prometheus, told on a private address only.

Every figure is a total over all visitors: no label names a person, a number or an address, and routes are told by
name. Somebody who reads them learns how busy the lookup is and not who asked for whom.
"""

import ipaddress
from collections.abc import Callable, Iterator
from datetime import date
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboards.lookup.opening import Releases
from dashboards.lookup.telemetry.observing import Passage
from etl.errors import BadInput

_DAY = 86_400
_BOUNDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Figures:
    """The figures of one process: Prometheus is to ask each process, and adds up."""

    def __init__(self, releases: Releases, today: Callable[[], date]) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "jzs_lookup_requests", "Requests answered.", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "jzs_lookup_request_seconds",
            "Time from a request's head to the end of its answer.",
            ["route"],
            buckets=_BOUNDS,
            registry=self.registry,
        )
        self._quota = Counter(
            "jzs_lookup_quota_refusals", "Requests refused by a quota.", registry=self.registry
        )
        self.database_errors = Counter(
            "jzs_lookup_database_errors", "Queries that failed or were cut off.", registry=self.registry
        )
        self.registry.register(_OfRelease(releases, today))

    def count(self, passage: Passage) -> None:
        status_class = f"{passage.status // 100}xx" if passage.status else "none"
        self._requests.labels(passage.route, status_class).inc()
        self._seconds.labels(passage.route).observe(passage.seconds)
        if passage.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._quota.inc()

    def serve(self, host: str, port: int) -> None:
        """Answers Prometheus, in a thread, for as long as the process lives.

        Raises:
            BadInput: not a private address, or one that cannot be used.
        """
        if not _is_private(host):
            raise BadInput(
                "指标只在内部地址提供 | metrics are told on a private address only",
                where=f"--metrics-host {host}",
                remedy="写回环或内网地址 | give a loopback or private address",
            )
        try:
            start_http_server(port, addr=host, registry=self.registry)
        except OSError as error:
            raise BadInput(
                f"地址不可用 | address cannot be used: {host}:{port} ({error.strerror})",
                where="--metrics-port",
                remedy="换一个端口 | choose another port",
            ) from error


class _OfRelease(Collector):
    """Version and age of the release being served when Prometheus asks."""

    def __init__(self, releases: Releases, today: Callable[[], date]) -> None:
        self._releases = releases
        self._today = today

    def collect(self) -> Iterator[Metric]:
        about = self._releases.current.release.about
        release = InfoMetricFamily("jzs_lookup_release", "The release being served.")
        release.add_metric([], {"version": about["version"], "as_of": about["as_of"]})
        yield release
        days = (self._today() - date.fromisoformat(about["as_of"])).days
        yield GaugeMetricFamily(
            "jzs_lookup_release_age_seconds", "Age of the data of the release, by the day.", days * _DAY
        )


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private and not address.is_unspecified
