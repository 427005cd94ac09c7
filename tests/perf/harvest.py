"""The attacker of the lookup at full length: 24 simulated hours, 200 networks, or 20 where persons come one by one.

    python tests/perf/harvest.py

Also measured: how many SHA-256 a second both cores compute with OpenSSL and one with Python, beside the work of the
proofs that the attack paid at their shipped price. Results go to tests/perf/results/harvest.json.
"""

import asyncio
import hashlib
import re
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from dashboards.lookup.settings import load_settings  # noqa: E402
from tests.fixtures.clocks import Clock  # noqa: E402
from tests.fixtures.harvest import EVENING, attacked, harvest, most  # noqa: E402
from tests.fixtures.harvest_strategies import ATTACKS  # noqa: E402
from tests.fixtures.harvest_world import world  # noqa: E402
from tests.fixtures.lookup import Tables, publish  # noqa: E402

_NETWORKS, _FEWER, _PERSONS, _REGISTER = 200, 20, 28_000, 5_000_000
_WITH_ALL = ("names by province", "lists of 50")
# Identifiers that hit nobody could be tried for ever: so many of each kind.
_IN_VAIN = 1_500


def bench() -> dict[str, object]:
    """Runs every attack on a register of `_PERSONS`, whose quotas are those of five million."""
    tables = world(_PERSONS)
    rows = [asyncio.run(_attack(name, tables)) for name in ATTACKS]
    return {
        "hashes_of_openssl": _openssl(),
        "hashes_of_python": _python(),
        "rows": rows,
    }


async def _attack(name: str, tables: Tables) -> dict[str, object]:
    clock, networks = Clock(EVENING), _NETWORKS if name in _WITH_ALL else _FEWER
    with tempfile.TemporaryDirectory() as folder:
        async with attacked(publish(Path(folder), "1", tables), clock) as attacker:
            strategies = [each(tables) for each in ATTACKS[name]]
            if name.startswith("identifiers"):
                strategies = [islice(each, _IN_VAIN) for each in strategies]
            await harvest(attacker, clock, networks, strategies)
    spoils = attacker.spoils
    row = {
        "attack": name,
        "networks": networks,
        "most": most(load_settings().persons, networks),
        "persons": len(spoils.persons),
        "requests": spoils.requests,
        "hashes": spoils.hashes,
    }
    print(row, flush=True)
    return row


def _openssl() -> int:
    """SHA-256 of 64 bytes a second, two processes."""
    command = ["openssl", "speed", "-seconds", "3", "-multi", "2", "-bytes", "64", "sha256"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^sha256\s+([\d.]+)k", told, re.MULTILINE)
    if found is None:
        raise RuntimeError(told)
    return round(float(found[1]) * 1000 / 64)


def _python() -> int:
    begin, done = time.perf_counter(), 0
    while time.perf_counter() - begin < 3:
        for _ in range(1000):
            hashlib.sha256(b"%094d" % done).digest()
            done += 1
    return round(done / (time.perf_counter() - begin))


def section(results: dict[str, object]) -> list[str]:
    """The attacker's section of docs/benchmarks.md."""
    rows = results["rows"]
    assert isinstance(rows, list)
    return [
        "## 查询：攻击者 | Lookup: the attacker",
        "",
        "24 个模拟小时，全部姓名与编号已知；被拒即换地址、等候或算题。上限由配额算出；占比以 500 万人计。",
        "24 simulated hours, every name and number known; when refused, another address, a wait or a proof. The bound "
        "follows from the quotas; shares are of 5 million.",
        "",
        "| 办法 attack | 网段 networks | 不同的人 persons | 上限 bound | 占比 share | 请求 requests | SHA-256 |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {r['attack']} | {r['networks']} | {r['persons']:,} | {r['most']:,} "
            f"| {r['persons'] / _REGISTER:.3%} | {r['requests']:,} | {r['hashes']:.1e} |"
            for r in rows
        ),
        "",
        f"SHA-256：证明所需的次数，全部网段合计；OpenSSL 两核每秒 {results['hashes_of_openssl']:,} 次，"
        f"Python 一核 {results['hashes_of_python']:,} 次。",
        f"SHA-256: the work of all proofs, all networks together; OpenSSL on two cores does "
        f"{results['hashes_of_openssl']:,} a second, Python on one {results['hashes_of_python']:,}.",
    ]


if __name__ == "__main__":
    from tests.perf import report

    report.keep("harvest", bench())
