"""Settings of the lookup, read from `settings.yaml` beside this file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
class Settings:
    """See `settings.yaml` for the meaning and unit of each."""

    quotas: tuple[Quota, ...]
    most_results: int
    most_pairs: int
    body_bytes: int
    upload_bytes: int
    body_seconds: float
    fact_characters: int
    size_class: int
    poll_seconds: float
    query_milliseconds: int
    threads: int
    time_zone: str
    front: str
    tones: Mapping[str, str]
    headings: Mapping[str, Sequence[str]]


def load_settings(path: Path = HERE / "settings.yaml") -> Settings:
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Settings(**values | {"quotas": tuple(Quota(**quota) for quota in values["quotas"])})
