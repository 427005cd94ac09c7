"""An attacker with 200 networks and 24 hours: how many persons the real lookup tells, whatever he does."""

import asyncio
from pathlib import Path

import pytest

from dashboards.lookup.settings import load_settings
from etl.settings import Store
from tests.fixtures.clocks import Clock
from tests.fixtures.harvest import EVENING, Spoils, attacked, harvest, most
from tests.fixtures.harvest_strategies import ATTACKS, Strategy, names_by_division, permalinks
from tests.fixtures.harvest_world import world
from tests.fixtures.lookup import Tables, publish

# The register whose half percent is the bound: counts of persons do not depend on how many there are to find.
REGISTER = 5_000_000
NETWORKS = 200
ALLOWANCE = load_settings().persons
IN_VAIN = ("identifiers in sequence", "identifiers at random")
TRIES_IN_VAIN = 500


@pytest.fixture(scope="module")
def tables() -> Tables:
    return world(28_000)


@pytest.fixture(scope="module")
def store(tables: Tables, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return publish(tmp_path_factory.mktemp("lookup"), "1", tables)


def attack(
    store: Store,
    tables: Tables,
    strategies: tuple[Strategy, ...],
    networks: int,
    patience: bool = False,
) -> Spoils:
    async def run() -> Spoils:
        clock = Clock(EVENING)
        async with attacked(store, clock, patience) as attacker:
            await harvest(
                attacker, clock, networks, [each(tables) for each in strategies], hours=(0, 12, 23.9)
            )
        return attacker.spoils

    return asyncio.run(run())


def test_two_hundred_networks_obtain_less_than_half_a_percent(store: Store, tables: Tables) -> None:
    spoils = attack(store, tables, (names_by_division,), NETWORKS)
    assert 0.95 * most(ALLOWANCE, NETWORKS) < len(spoils.persons) <= most(ALLOWANCE, NETWORKS)
    assert len(spoils.persons) < 0.005 * REGISTER


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - set(IN_VAIN)))
def test_no_way_of_asking_tells_more_than_another(store: Store, tables: Tables, name: str) -> None:
    spoils = attack(store, tables, ATTACKS[name], 2)
    assert 0.5 * most(ALLOWANCE, 2) < len(spoils.persons) <= most(ALLOWANCE, 2)


@pytest.mark.parametrize("name", IN_VAIN)
def test_identifiers_that_were_not_told_hit_nobody(store: Store, tables: Tables, name: str) -> None:
    async def run() -> Spoils:
        async with attacked(store, clock := Clock(EVENING)) as attacker:
            questions = ATTACKS[name][0](tables)
            tried = iter([next(questions) for _ in range(TRIES_IN_VAIN)])
            await harvest(attacker, clock, 1, [tried], hours=(0,))
        return attacker.spoils

    spoils = asyncio.run(run())
    assert spoils.requests >= TRIES_IN_VAIN
    assert spoils.persons == set()


def test_waiting_instead_of_working_tells_no_more(store: Store, tables: Tables) -> None:
    spoils = attack(store, tables, (permalinks,), 1, patience=True)
    assert spoils.waits == ALLOWANCE.work.waits
    assert len(spoils.persons) <= most(ALLOWANCE, 1)


def test_the_bound_by_arithmetic_is_that_of_the_documentation() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "lookup.md").read_text(encoding="utf-8")
    free, pool = ALLOWANCE.free[-1].persons, ALLOWANCE.pool.persons
    assert f"{free} *n* + {pool:,}" in documented
    assert f"{free * NETWORKS + pool:,}" in documented
    assert most(ALLOWANCE, NETWORKS) <= free * NETWORKS + pool < 0.005 * REGISTER
