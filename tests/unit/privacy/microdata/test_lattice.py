"""The recoding found is the best of all, by the definitions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import Refused
from etl.privacy.microdata import Criterion, Requirement, Tier, count, search
from etl.privacy.microdata.lattice import evaluate, nodes
from tests.unit.privacy.microdata import small

HIERARCHIES = {
    "place": small.hierarchy("place", "a north *", "b north *", "c south *", "d south *"),
    "grade": small.hierarchy("grade", "1 *", "2 *"),
    "age": small.hierarchy("age", "20 2x *", "25 2x *", "30 3x *", "35 3x *"),
}
PERSON = st.fixed_dictionaries(
    {
        "place": st.sampled_from("abcd"),
        "grade": st.sampled_from("12"),
        "age": st.sampled_from(("20", "25", "30", "35")),
        "education": st.sampled_from("xyz"),
    }
)
SHARES = st.sampled_from((0.2, 0.4, 0.5, 0.7, 0.9, 1.0))


@st.composite
def tiers(draw):
    """A tier whose public identifiers have criteria on education and on age, which identifies in the second."""
    criteria = tuple(
        Criterion(column, draw(st.integers(1, 3)), draw(SHARES), draw(SHARES))
        for column in ("education", "age")
    )
    return Tier(
        "drawn",
        (
            Requirement(("place", "grade"), draw(st.integers(1, 6)), criteria),
            Requirement(("place", "grade", "age"), draw(st.integers(1, 3))),
        ),
        draw(st.sampled_from((0.0, 0.1, 0.3))),
        0.5,
    )


def counted(rows, tier):
    return count(small.register(rows), "person", tier, HIERARCHIES)


@settings(deadline=None, max_examples=settings().max_examples // 4)
@given(st.lists(PERSON, min_size=1, max_size=40), tiers())
def test_the_loss_found_is_the_least_of_all_nodes(rows, tier):
    expected = small.best(rows, tier, HIERARCHIES)
    if expected is None:
        with pytest.raises(Refused):
            search(counted(rows, tier))
    else:
        found = search(counted(rows, tier))
        assert found.loss == pytest.approx(expected, abs=1e-12)
        assert small.outcome(rows, tier, HIERARCHIES, found.node) == (
            pytest.approx(found.loss, abs=1e-12),
            found.suppressed,
        )


@settings(deadline=None, max_examples=settings().max_examples // 10)
@given(st.lists(PERSON, min_size=1, max_size=30), tiers())
def test_every_node_costs_what_the_definitions_say(rows, tier):
    frequencies = counted(rows, tier)
    for node in nodes(frequencies):
        loss, suppressed = small.outcome(rows, tier, HIERARCHIES, node)
        found = evaluate(frequencies, node)
        assert (found.suppressed, found.loss) == (suppressed, pytest.approx(loss, abs=1e-12))


@settings(deadline=None, max_examples=settings().max_examples // 10)
@given(st.lists(PERSON, min_size=1, max_size=30), tiers(), st.integers(0, 6))
def test_classes_that_were_forgotten_are_counted_again(rows, tier, room):
    remembering, forgetting = counted(rows, tier), counted(rows, tier)
    forgetting.known.room = room
    assert [evaluate(forgetting, node) for node in nodes(forgetting)] == [
        evaluate(remembering, node) for node in nodes(remembering)
    ]
    assert sum(len(found) for found in forgetting.known.classes.values()) <= room + len(forgetting.base)


def people(**numbers):
    """As many persons of grade 1 in each place as told."""
    return [
        {"place": place, "grade": "1", "age": "20", "education": "xyz"[turn % 3]}
        for place, number in numbers.items()
        for turn in range(number)
    ]


def of_places(size, *criteria, suppressed=0.0):
    return Tier("places", (Requirement(("place",), size, criteria),), suppressed, 1.0)


def test_nothing_is_recoded_where_nobody_stands_out():
    assert search(counted(people(a=5, b=5), of_places(5))).node == (0,)


def test_a_small_class_makes_the_place_coarser():
    assert search(counted(people(a=5, b=4), of_places(5))).node == (1,)


def test_few_persons_are_suppressed_rather_than_all_recoded():
    found = search(counted(people(a=50, b=1), of_places(5, suppressed=0.02)))
    assert (found.node, found.suppressed) == ((0,), 1)


def test_loss_is_the_geometric_mean_of_what_values_stand_for():
    # ARX, Loss: place at the region stands for 2 of 4 codes: (2/4 - 1/4) / (1 - 1/4) = 1/3; grade is kept: 0.
    tier = Tier("two", (Requirement(("place", "grade"), 9),), 0.0, 1.0)
    assert search(counted(people(a=5, b=4), tier)).loss == pytest.approx((4 / 3) ** 0.5 - 1)


def test_a_class_all_of_one_kind_is_not_published():
    rows = [row | {"education": "x"} for row in people(a=5)] + people(b=5)
    assert search(counted(rows, of_places(5, Criterion("education", distinct=2)))).node == (1,)


def test_a_union_may_fail_where_a_part_does_not():
    """Alpha is not monotone under suppression: the finer node suppresses less, and must not be passed over."""
    mixed = [row | {"education": "xy"[turn % 2]} for turn, row in enumerate(people(a=20))]
    alike = [row | {"education": "x"} for row in people(b=20)]
    tier = of_places(2, Criterion("education", frequency=0.6), suppressed=0.5)
    rows = [*mixed, *alike]
    assert small.outcome(rows, tier, HIERARCHIES, (1,))[1] == 40
    found = search(counted(rows, tier))
    assert (found.node, found.suppressed) == ((0,), 20)


def test_a_code_that_the_hierarchy_lacks_is_refused_without_its_value():
    with pytest.raises(Refused, match="3 persons are not in the hierarchy") as raised:
        counted([*people(a=5), *people(e=3)], of_places(5))
    assert raised.value.where == "hierarchies/place.csv"


def test_an_empty_column_is_refused():
    with pytest.raises(Refused, match="is empty somewhere"):
        counted([row | {"education": None} for row in people(a=5)], of_places(5, Criterion("education", 2)))


def test_no_persons_are_refused():
    connection = small.register(people(a=1))
    connection.execute("DELETE FROM person")
    with pytest.raises(Refused, match="no persons"):
        count(connection, "person", of_places(5), HIERARCHIES)


def test_the_order_of_rows_and_threads_do_not_matter():
    rows = people(a=7, b=3, c=4, d=9)
    tier = of_places(4, Criterion("education", 2, 0.9, 0.3), suppressed=0.2)
    connection = small.register(rows[::-1])
    connection.execute("SET threads = 4")
    assert search(count(connection, "person", tier, HIERARCHIES)) == search(counted(rows, tier))
