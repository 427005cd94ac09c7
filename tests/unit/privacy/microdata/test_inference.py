"""A14: what a record tells of its person, against the same file without it."""

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.privacy.microdata.inference import inference

LIMIT = 0.05


def found(rows, persons=None):
    """The finding for rows (place, education)."""
    records = pa.table({name: [row[at] for row in rows] for at, name in enumerate(("place", "education"))})
    return inference(records, persons or len(rows), ["place"], "education", LIMIT)


def guessed(records, place, education):
    """Chance that the commonest value of those alike is the right one."""
    alike = Counter(value for where, value in records if where == place)
    if not alike:
        raise ValueError(place)
    best = [value for value, number in alike.items() if number == max(alike.values())]
    return (education in best) / len(best)


def test_a_file_of_everybody_as_they_are_is_refused():
    """The mutant: no class, no sample."""
    everybody = [(f"place {person}", "10" if person % 3 else "20") for person in range(300)]

    assert not found(everybody).passed


def test_records_alike_in_large_classes_pass():
    assert found([(f"place {person % 3}", "10" if person % 5 else "20") for person in range(300)]).passed


def test_a_gain_counts_as_often_as_a_person_is_in_the_file():
    rows = [(f"place {person}", "10" if person % 3 else "20") for person in range(300)]

    assert found(rows, persons=3000).value == pytest.approx(found(rows).value / 10)


def test_a_small_file_is_judged_by_the_upper_end_of_its_interval():
    rows = [("a", "10")] * 40 + [("b", "20")]

    assert found(rows).value < LIMIT < found(rows).high
    assert not found(rows).passed


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2", "3"])), min_size=1, max_size=12
    ).filter(lambda rows: min(Counter(place for place, _ in rows).values()) > 1)
)
def test_the_gain_is_that_of_leaving_each_record_out(rows):
    gains = [guessed(rows, *row) - guessed(rows[:at] + rows[at + 1 :], *row) for at, row in enumerate(rows)]

    assert found(rows).value == pytest.approx(sum(gains) / len(rows))
