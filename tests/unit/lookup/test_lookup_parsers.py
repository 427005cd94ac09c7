"""What reads the input of visitors takes anything: it understands, or refuses as it says, and raises nothing else."""

import os
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.lookup.checking.headings import Unreadable, listed_lines
from dashboards.lookup.checking.pairs import Pair
from dashboards.lookup.checking.upload import pairs_of_file
from dashboards.lookup.finding.question import Question, Vocabulary
from dashboards.lookup.guard.multipart import parts_of
from dashboards.lookup.settings import load_settings
from tests.fixtures.hostile import BOMBS, BOUNDARY, encoded, texts, uploads, workbooks

LISTING = load_settings().listing
FACTS = frozenset({"q", "number", "name", "employer", "division", "specialty", "tail", "words"})
VOCABULARY = Vocabulary({"北京": "110000"}, {"建筑工程": "01"})
LONGEST_TOLD = 160
TIMES = float(os.environ.get("JZS_FUZZ", "1"))
many = settings(max_examples=round(200 * TIMES), deadline=None, database=None)
# A form is decoded strictly, so that no lone surrogate comes further.
typed = texts().map(lambda text: text.encode("utf-8", "replace").decode())


def read(text: str) -> tuple[Pair, ...]:
    """The pairs of a pasted list; none where its headings are not known."""
    with suppress(Unreadable):
        return listed_lines(text, LISTING).pairs
    return ()


@many
@given(st.dictionaries(st.sampled_from(sorted(FACTS)), typed))
def test_a_question_is_read_whatever_is_typed(form: dict[str, str]) -> None:
    question = Question.of(form, FACTS, VOCABULARY, 120)
    assert question.refusal(120) or question.is_personal or question.words


@many
@given(typed)
def test_a_list_is_read_whatever_is_typed(text: str) -> None:
    for pair in read(text):
        assert pair.number or len(pair.name) <= LONGEST_TOLD


@many
@given(typed)
def test_a_pair_that_was_read_is_the_same_as_its_line(text: str) -> None:
    """The page brings back what was typed, to be asked again in another language or for another day."""
    for pair in read(text):
        assert not pair.number or Pair.of(pair.line) == pair


@many
@given(encoded() | workbooks() | st.binary(max_size=300))
def test_a_file_is_read_or_unreadable(content: bytes) -> None:
    with suppress(Unreadable):
        assert all(isinstance(pair, Pair) for pair in pairs_of_file(content, LISTING).pairs)


@pytest.mark.parametrize("place", range(6))
def test_a_bomb_is_unreadable(place: int) -> None:
    with pytest.raises(Unreadable):
        pairs_of_file(BOMBS[place], LISTING)


@many
@given(uploads() | st.binary(max_size=300), st.sampled_from([BOUNDARY, "", '"', "b" * 200]))
def test_a_form_with_a_file_is_read_or_refused(body: bytes, boundary: str) -> None:
    with suppress(ValueError):
        fields, content = parts_of(f"multipart/form-data; boundary={boundary}", body, 20)
        assert len(content) + sum(map(len, fields.values())) <= len(body)
