"""What was counted and is over leaves no bytes in the file of the quotas."""

from pathlib import Path

from pysqlite3 import dbapi2 as sqlite3

from dashboards.lookup.guard.quota import Buckets
from dashboards.lookup.guard.quota_file import DAY
from dashboards.lookup.settings import Quota
from tests.fixtures.clocks import Clock


def test_nothing_is_left_of_who_asked_yesterday(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "lookup" / "quotas.sqlite"
    buckets = Buckets([Quota(1, 60, 32, 64)], path, clock)
    for number in range(200):
        buckets.spend(f"192.0.2.{number}")
    with sqlite3.connect(path) as connection:
        owners = [owner for (owner,) in connection.execute("SELECT owner FROM bucket")]
    connection.close()
    clock.now = DAY
    buckets.renew()
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert len(owners) == 200
    assert not [owner for owner in owners if owner in content]
