"""Settings of the lookup, read from `settings.yaml` beside this file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Quota:
    """`burst` requests at once, then `per_minute`, for all addresses that share so many bits (IPv4, IPv6)."""

    burst: int
    per_minute: float
    ipv4: int
    ipv6: int


@dataclass(frozen=True)
class Logging:
    """How many `days` of the access log are kept, and of how many bytes a day at most.

    `address` and `network`: how many bits of an address (IPv4, IPv6) count as one. Requests to the routes `unlogged`
    have no line.
    """

    days: int
    most_bytes: int
    address: tuple[int, int]
    network: tuple[int, int]
    unlogged: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """At `most` so many connections at once for all addresses that share so many bits (IPv4, IPv6)."""

    most: int
    ipv4: int
    ipv6: int


@dataclass(frozen=True)
class Connections:
    """At `most` so many at once, within `shares`.

    Seconds in which a request must have arrived and an answer must be fetched, and that a connection may lie idle.
    """

    most: int
    shares: tuple[Share, ...]
    request_seconds: float
    answer_seconds: float
    idle_seconds: int


@dataclass(frozen=True)
class Free:
    """So many persons in 24 hours are free for all addresses that share so many bits (IPv4, IPv6)."""

    persons: int
    ipv4: int
    ipv6: int


@dataclass(frozen=True)
class Pool:
    """Persons that all networks obtain in 24 hours beyond the free ones; each takes up to 1/`share` of what is left."""

    persons: int
    share: int


@dataclass(frozen=True)
class Work:
    """A proof costs `hashes`, twice as many after every `doubled_by` persons beyond the free ones, in `parts`.

    It counts for `lifetime` seconds. Who waits instead waits a second for every `waited` hashes, `waits` times a day.
    """

    hashes: int
    doubled_by: int
    parts: int
    lifetime: int
    waited: int
    waits: int


@dataclass(frozen=True)
class Allowance:
    """What is free for addresses and networks (the last of `free` is the network), and what is beyond."""

    free: tuple[Free, ...]
    pool: Pool
    work: Work


@dataclass(frozen=True)
class Correction:
    """What a request for correction costs and may hold."""

    tokens: int
    most_waiting: int
    says: int
    evidence: int


@dataclass(frozen=True)
class Listing:
    """How a list is read: `headings` of each field of a pair, in one of the first `heading_rows`.

    What has fewer than `number_digits` digits is no number, but the place in the list.
    """

    heading_rows: int
    number_digits: int
    headings: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Settings:
    """See `settings.yaml` for the meaning and unit of each."""

    quotas: tuple[Quota, ...]
    connections: Connections
    access_log: Logging
    persons: Allowance
    most_results: int
    most_pairs: int
    address_bytes: int
    head_bytes: int
    body_bytes: int
    kept_bytes: int
    upload_bytes: int
    body_seconds: float
    fact_characters: int
    correction: Correction
    size_class: int
    poll_seconds: float
    query_milliseconds: int
    count_seconds: float
    threads: int
    time_zone: str
    front: str
    tones: Mapping[str, str]
    answers: Mapping[str, str]
    listing: Listing


def load_settings(path: Path = HERE / "settings.yaml") -> Settings:
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    parts = {
        "quotas": tuple(Quota(**quota) for quota in values["quotas"]),
        "persons": _allowance(values["persons"]),
        "connections": _connections(values["connections"]),
        "correction": Correction(**values["correction"]),
        "access_log": Logging(**values["access_log"]),
        "listing": Listing(**values["listing"]),
    }
    return Settings(**values | parts)


def _connections(values: Mapping[str, Any]) -> Connections:
    return Connections(**{**values, "shares": tuple(Share(**each) for each in values["shares"])})


def _allowance(values: Mapping[str, Any]) -> Allowance:
    free = tuple(Free(**each) for each in values["free"])
    return Allowance(free, Pool(**values["pool"]), Work(**values["work"]))
