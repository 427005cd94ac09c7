"""Which families are well formed, and which may stand side by side."""

from dataclasses import replace
from fractions import Fraction

import pytest

from etl.errors import BadInput, Refused
from etl.privacy.tables.errors import Quality
from etl.privacy.tables.families import Family, Level, check_families
from tests.fixtures.tables import FAMILY, LEVELS

TRUNK = LEVELS[:2]
BY_KIND = replace(FAMILY, name="by_kind", levels=(*TRUNK, Level("kind", ("region", "kind"), 8)))
BY_TRADE = replace(FAMILY, name="by_trade", levels=(*TRUNK, Level("trade", ("region", "trade"), 8)))
SCHOOL = replace(FAMILY, name="school", sensitive=("school",), codes=(("a", "b"),))


def test_a_family_spends_the_sum_of_its_inverse_variances() -> None:
    assert FAMILY.rho == Fraction(1, 10) * 2 + Fraction(1, 8) * 2


def test_families_of_different_sensitive_columns_stand_side_by_side() -> None:
    check_families([FAMILY, SCHOOL])


def test_two_trees_may_share_their_first_levels() -> None:
    check_families([BY_KIND, BY_TRADE])


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(replace(BY_KIND, name="again"), id="the_same_tree"),
        pytest.param(
            replace(BY_KIND, levels=(*TRUNK, Level("kind", ("region", "kind"), 9)), name="b"),
            id="the_same_level_with_other_noise",
        ),
        pytest.param(
            replace(
                BY_TRADE, levels=(*TRUNK, *BY_TRADE.levels[2:], Level("a", ("region", "trade", "kind"), 8))
            ),
            id="one_class_on_two_paths",
        ),
        pytest.param(
            replace(BY_TRADE, levels=(Level("trade", ("trade",), 8),)), id="trees_without_a_common_root"
        ),
        pytest.param(
            replace(BY_TRADE, sensitive=("sex",), codes=FAMILY.codes[:1]), id="a_column_in_two_joint_codes"
        ),
        pytest.param(replace(BY_TRADE, merge_below=10), id="classes_merged_differently"),
    ],
)
def test_families_sharing_more_than_ancestors_are_refused(second: Family) -> None:
    with pytest.raises(Refused, match="two families answer the same question twice"):
        check_families([BY_KIND, second])


@pytest.mark.parametrize(
    "below", [(), ("region",), ("kind",), ("kind", "region")], ids=["less", "same", "other", "reordered"]
)
def test_a_tree_that_does_not_nest_is_refused(below: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="the levels do not nest: region > below"):
        check_families([replace(FAMILY, levels=(*TRUNK, Level("below", below, 8)))])


@pytest.mark.parametrize(
    "malformed",
    [
        pytest.param(replace(FAMILY, levels=()), id="no_level"),
        pytest.param(
            replace(FAMILY, levels=(LEVELS[0], replace(LEVELS[1], name="register"))), id="names_repeat"
        ),
        pytest.param(replace(FAMILY, levels=(Level("register", (), 0),)), id="no_noise"),
        pytest.param(replace(FAMILY, merge_below=0), id="no_bound"),
        pytest.param(replace(FAMILY, sensitive=(), codes=()), id="nothing_sensitive"),
        pytest.param(replace(FAMILY, codes=FAMILY.codes[:1]), id="codes_missing"),
        pytest.param(replace(FAMILY, codes=(("1", "1"), ("old",))), id="codes_repeat"),
        pytest.param(replace(FAMILY, sensitive=("sex", "kind")), id="public_and_sensitive"),
        pytest.param(replace(FAMILY, impossible=({"height": "1", "sex": "1"},)), id="unknown_column"),
        pytest.param(replace(FAMILY, impossible=({"sex": "9"},)), id="unknown_code"),
        pytest.param(replace(FAMILY, impossible=({"kind": "a"},)), id="public_only"),
    ],
)
def test_a_malformed_family_is_bad_input(malformed: Family) -> None:
    with pytest.raises(BadInput):
        check_families([malformed])


def test_two_families_of_one_name_are_bad_input() -> None:
    with pytest.raises(BadInput, match="same name"):
        check_families([FAMILY, replace(SCHOOL, name=FAMILY.name)])


DECLARED = {
    "sensitive": ["school"],
    "merge_below": 20,
    "levels": [{"name": "region", "by": ["region"], "variance": 10}],
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"levels": [{"name": "region", "by": ["region"], "varaince": 10}]}, "misspells: variance"),
        ({"sensitive": ["scool"]}, "misspells: scool"),
        ({"sensitive": "school"}, "'school' is no list"),
        ({"levels": [{"name": "region", "by": "region", "variance": 10}]}, "'region' is no list"),
        ({"levels": {"region": 10}}, "of another form"),
        ({"merge_below": 19.5}, "of another form"),
    ],
)
def test_a_misspelt_declaration_is_told(changes: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told) as error:
        Family.of("degrees", DECLARED | changes, {"school": ["a", "b"]})
    assert error.value.where == "degrees"


def test_misspelt_classes_of_quality_are_told() -> None:
    with pytest.raises(BadInput, match="misspells: hidden"):
        Quality.of({"shown": {"A": 0.1}, "hiden": "D"})
