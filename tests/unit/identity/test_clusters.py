"""Which nodes become one person, and which are left to a steward."""

from etl.identity.clusters import Edge, Node, persons


def bare(key: int, held: str = "2") -> Node:
    return Node(False, (True, key), frozenset({held}))


def identified(key: int, held: str = "2") -> Node:
    return Node(True, (False, key), frozenset({held}))


def edge(one: int, other: int, probability: float) -> Edge:
    return Edge((one, other), (one, other), probability)


def test_a_pair_at_the_threshold_is_one_person_under_the_first_key() -> None:
    found = persons({1: bare(1), 2: bare(2, "1")}, [edge(1, 2, 0.99)], 0.99)
    assert {node: item.person for node, item in found.joined.items()} == {1: 1, 2: 1}


def test_a_pair_below_the_threshold_waits() -> None:
    found = persons({1: bare(1), 2: bare(2, "1")}, [edge(1, 2, 0.98)], 0.99)
    assert not found.joined
    assert [reason for _, reason in found.review] == ["band"]


def test_a_node_with_an_id_gives_the_person_its_key() -> None:
    found = persons({1: bare(1), 2: identified(2, "1")}, [edge(1, 2, 1)], 0.99)
    assert found.joined[1].person == 2
    assert (found.joined[1].how, found.joined[2].how) == ("probability", "id")


def test_two_of_one_category_are_never_put_together_by_score() -> None:
    found = persons({1: bare(1), 2: bare(2)}, [edge(1, 2, 1)], 0.99)
    assert not found.joined
    assert [reason for _, reason in found.review] == ["excluded"]


def test_two_that_compete_for_one_are_both_left_to_the_steward() -> None:
    nodes = {1: identified(1), 2: identified(2), 3: bare(3, "1")}
    found = persons(nodes, [edge(1, 3, 1), edge(2, 3, 0.995)], 0.99)
    assert not found.joined
    assert [reason for _, reason in found.review] == ["rival", "rival"]


def test_a_steward_puts_together_what_the_score_may_not() -> None:
    found = persons({1: identified(1), 2: identified(2)}, [], 0.99, same=[(1, 2)])
    assert {item.person for item in found.joined.values()} == {1}


def test_a_steward_holds_apart_above_any_score() -> None:
    found = persons({1: bare(1), 2: bare(2, "1")}, [edge(1, 2, 1)], 0.99, different=[(1, 2)])
    assert not found.joined
    assert not found.review


def test_what_a_steward_held_apart_is_not_joined_through_a_third() -> None:
    nodes = {1: bare(1), 2: bare(2, "1"), 3: bare(3, "3")}
    found = persons(nodes, [edge(1, 3, 1), edge(2, 3, 0.999)], 0.99, different=[(1, 2)])
    assert {node: item.person for node, item in found.joined.items()} == {1: 1, 3: 1}


def test_a_merge_against_an_earlier_decision_is_counted() -> None:
    nodes = {1: bare(1), 2: bare(2), 3: bare(3)}
    found = persons(nodes, [], 0.99, same=[(1, 3), (2, 3)], different=[(1, 2)])
    assert found.contradictions == 1
