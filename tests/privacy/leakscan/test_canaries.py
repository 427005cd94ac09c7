"""A thousand canaries through a real build: none of what is kept back of them stands in the release."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from etl.metadata import Metadata
from etl.privacy.leakscan import Group, Needles, Search, scan
from etl.publish.leaks import rules_of
from etl.publish.release import read_json
from etl.settings import Store
from tests.fixtures.canaries import PERSONS, days, write_exports, write_register

BUILD = "import sys; from etl.cli import main; sys.exit(main())"
# What may be copied: there protected values are looked for, too.
COPIED = ("open/", "served/workforce.duckdb")


@dataclass(frozen=True)
class Canaries:
    """The store that was built of them, and what was planted, by column."""

    store: Store
    register: Metadata
    planted: dict[str, list[str]]

    def needles(self, *sensitivities: str) -> Needles:
        """A day without marks is told from other digits only where it stands alone."""
        chosen = {
            name: tokens
            for name, tokens in self.planted.items()
            if self.register.fields[name].sensitivity in sensitivities
        }
        anywhere = [Group(name, [[*tokens, *days(tokens, "/")]], False) for name, tokens in chosen.items()]
        return Needles(
            [*anywhere, *(Group(name, [days(tokens, "")], True) for name, tokens in chosen.items())]
        )


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    root = tmp_path_factory.mktemp("canaries")
    register = write_register(root / "metadata")
    planted = write_exports(root / "exports", register)
    command = [sys.executable, "-c", BUILD, "build", "--source", root / "exports", "--store", root / "store"]
    command += ["--metadata", root / "metadata", "--as-of", "2026-10-31"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Canaries(Store(root / "store"), register, planted)


def test_every_canary_reached_the_release(canaries: Canaries) -> None:
    assert read_json(canaries.store.current / "manifest.json")["lookup"]["certificate"] == PERSONS


def test_no_canary_is_found_in_the_release(canaries: Canaries) -> None:
    searches = [
        Search(canaries.needles("secret", "restricted")),
        Search(canaries.needles("protected"), COPIED),
    ]
    assert scan(canaries.store.current.resolve(), rules_of(), searches) == []


def test_the_same_scan_finds_every_column_where_they_are_kept(canaries: Canaries) -> None:
    searches = [Search(canaries.needles("secret", "restricted", "protected"))]
    found = {finding.kind for finding in scan(canaries.store.models("core"), rules_of(), searches)}
    staged = {finding.kind for finding in scan(canaries.store.staging, rules_of(), searches)}
    assert set(canaries.planted) - staged == set()
    assert "resident_id" in staged
    assert {"birth_date", "content", "valid_to", "compulsory_hours", "event_on"} <= found


def test_the_lookup_would_not_hide_a_protected_value(canaries: Canaries) -> None:
    """Names and numbers do stand in the lookup, which shows them: the scan sees them there."""
    searches = [Search(canaries.needles("protected"), ("served/lookup.sqlite",))]
    found = {finding.kind for finding in scan(canaries.store.current.resolve(), rules_of(), searches)}
    assert {"person_name", "registration_no"} <= found
