"""Many values at once: every one that stands in the bytes is found, no other."""

import itertools
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.privacy.leakscan import Group, Needles

DELIMITERS = np.array([code < 128 and not chr(code).isalnum() for code in range(256)])
VALUES = st.lists(st.text(min_size=8, max_size=60), min_size=1, max_size=30)


def found(needles: Needles, data: bytes) -> set[tuple[int, int]]:
    return {(match.start, match.end) for match in needles.find(data, None)}


def needles(*values: str, whole: bool = False) -> Needles:
    return Needles([Group("value", [values], whole)])


@given(values=VALUES, before=st.binary(max_size=200), after=st.binary(max_size=200), chosen=st.integers(0))
def test_a_value_is_found_wherever_it_stands(
    values: list[str], before: bytes, after: bytes, chosen: int
) -> None:
    value = values[chosen % len(values)].encode()
    assert (len(before), len(before) + len(value)) in found(needles(*values), before + value + after)


@given(values=VALUES, data=st.binary(max_size=300))
def test_nothing_else_is_found(values: list[str], data: bytes) -> None:
    spelled = [
        value.encode(encoding)
        for value in values
        for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
    ]
    assert all(data[start:end] in spelled for start, end in found(needles(*values), data))


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_a_value_is_found_in_every_encoding(encoding: str) -> None:
    value = "北京市朝阳区某某路甲12号院3号楼"
    data = b"\x00\x9f" + value.encode(encoding) + b"\xff"
    assert found(needles(value), data) == {(2, len(data) - 1)}


def test_values_with_the_same_end_are_told_apart() -> None:
    data = "王某某因提供虚假材料被通报批评".encode()
    assert len(found(needles("李某某因提供虚假材料被通报批评", "赵某某因提供虚假材料被通报批评"), data)) == 0


def test_a_value_that_crosses_two_blocks_is_found() -> None:
    start = (1 << 16) - 5
    assert found(needles("K-20261122-0001"), bytes(start) + b"K-20261122-0001") == {(start, start + 15)}


@pytest.mark.parametrize("length", range(8, 34))
@pytest.mark.parametrize("behind", [b"", b"\xff" * 9])
def test_a_value_of_any_length_is_found_from_any_place_on(length: int, behind: bytes) -> None:
    value = string.ascii_letters[:length]
    known = needles(value)
    for start in range(17):
        assert found(known, bytes(start) + value.encode() + behind) == {(start, start + length)}


def test_values_of_all_lengths_are_found_side_by_side() -> None:
    values = [f"{length:02d}{string.ascii_letters[: length - 2]}" for length in range(8, 34)]
    data = "".join(values).encode()
    ends = itertools.accumulate(map(len, values))
    assert {end for _, end in found(needles(*values), data)} == set(ends)


@pytest.mark.parametrize("name", ["张伟", "欧阳震华", "买买提·吐尔逊", "LI Weiming"])
def test_a_name_counts_as_a_whole_word_only(name: str) -> None:
    whole = needles(name, whole=True)
    assert [*whole.find(f"姓名,{name},男".encode(), DELIMITERS)] != []
    assert [*whole.find(name.encode(), DELIMITERS)] != []
    assert [*whole.find(f"小{name}路".encode(), DELIMITERS)] == []
    assert [*whole.find(f"姓名,{name},男".encode(), None)] == []


def test_the_group_of_a_value_is_told() -> None:
    both = Needles([Group("a", [["first-value"]], False), Group("b", [["other-value"]], False)])
    assert [match.group for match in both.find(b"x other-value, first-value", None)] == [1, 0]


def test_bytes_are_looked_for_as_they_are() -> None:
    key = bytes(range(200, 232))
    assert found(Needles([Group("key", [[key]], False)]), b"ab" + key + b"c") == {(2, 34)}
