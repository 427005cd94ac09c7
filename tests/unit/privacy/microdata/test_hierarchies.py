"""Hierarchies are read from data, and nest."""

import pytest

from etl.errors import BadInput
from etl.privacy.microdata import read_hierarchy

HEADER = "level,code,parent,zh,en\n"
PLACES = HEADER + "place,p1,north,一,One\nplace,p2,north,二,Two\nregion,north,*,北,North\nall,*,,全,All\n"


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "place.csv"
        path.write_text(text, "utf-8")
        return path

    return write


def test_a_code_has_what_stands_for_it_at_every_level(written):
    assert read_hierarchy(written(PLACES)).paths == (("p1", "north", "*"), ("p2", "north", "*"))


def test_a_column_is_named_after_its_file(written):
    assert read_hierarchy(written(PLACES)).column == "place"


def test_a_value_stands_for_as_many_codes_as_lie_below_it(written):
    read = read_hierarchy(written(PLACES))
    assert [read.leaves(level).tolist() for level in range(3)] == [[1, 1], [2], [2]]


def test_a_code_of_a_level_is_told_by_its_number(written):
    read = read_hierarchy(written(PLACES))
    assert [numbers.tolist() for numbers in read.numbers] == [[0, 1], [0, 0], [0, 0]]
    assert read.step(0, 1).tolist() == [0, 0]


def test_a_code_may_keep_its_name_at_a_coarser_level(written):
    read = read_hierarchy(written(HEADER + "band,unknown,unknown,不详,-\ngroup,unknown,,不详,-\n"))
    assert read.paths == (("unknown", "unknown"),)


@pytest.mark.parametrize(
    ("added", "line", "message"),
    [
        ("place,p2,south,二,Two\n", 6, "does not nest"),
        ("place,p3,south,三,Three\n", 6, "no south in region"),
        ("region,south,*,南,South\n", 6, "stands for no code"),
        ("all,x,y,全,All\n", 6, "the last level has no parent"),
    ],
)
def test_what_does_not_nest_is_told_with_file_and_line(written, added, line, message):
    path = written(PLACES + added)
    with pytest.raises(BadInput, match=message) as raised:
        read_hierarchy(path)
    assert raised.value.where == f"{path}:{line}"


def test_years_by_two_under_years_by_five_do_not_nest(written):
    pairs = "year,2004,2004-05,,\nyear,2005,2004-05,,\n"
    twice = "pair,2004-05,2000-04,,\npair,2004-05,2005-09,,\nfive,2000-04,,,\nfive,2005-09,,,\n"
    with pytest.raises(BadInput, match="2004-05 of pair has a parent on line 4 already"):
        read_hierarchy(written(HEADER + pairs + twice))


@pytest.mark.parametrize("text", ["code,parent\na,b\n", "", HEADER])
def test_a_file_without_the_columns_or_codes_is_refused(written, text):
    with pytest.raises(BadInput):
        read_hierarchy(written(text))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_hierarchy(tmp_path / "none.csv")
