"""Keyed hashes of units and classes, and the streams that they seed."""

from hashlib import blake2b

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.privacy.tables.noise import added, memberships, streams

KEY = b"k" * 32
UNITS = st.lists(st.binary(max_size=20), min_size=1, max_size=50)


@given(UNITS)
def test_a_class_is_told_by_the_sum_of_its_members_hashes(units: list[bytes]) -> None:
    hashes = [blake2b(unit, digest_size=16, key=KEY, person=b"membership").digest() for unit in units]
    total = sum(int.from_bytes(one, "little") for one in hashes) % 2**128
    assert added(memberships(units, KEY).sum(axis=0, keepdims=True)) == [f"{total:032x}"]


def test_sums_of_very_many_hashes_carry_through_every_limb() -> None:
    limbs = np.full((1, 4), 2**64 - 2**32, np.uint64)
    total = sum(int(limb) << (32 * place) for place, limb in enumerate(limbs[0])) % 2**128
    assert added(limbs) == [f"{total:032x}"]


def test_a_stream_depends_on_its_seed_and_its_key_alone() -> None:
    together = streams([b"one", b"two"], KEY, 20)
    assert together[1].tolist() == streams([b"two"], KEY, 20)[0].tolist()
    assert not (together[0] == together[1]).any()
    assert not (together[0] == streams([b"one"], KEY[::-1] + b"!", 20)[0]).any()


def test_a_longer_stream_begins_as_the_shorter_one() -> None:
    assert streams([b"one"], KEY, 30)[0, :20].tolist() == streams([b"one"], KEY, 20)[0].tolist()


def test_a_unit_s_hash_is_no_part_of_a_stream() -> None:
    assert memberships([b"one"], KEY)[0, 0] != streams([b"one"], KEY, 1)[0, 0] & np.uint64(0xFFFFFFFF)
