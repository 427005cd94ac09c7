"""Divisions by date of validity: what holds for any history."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from etl.clean.regions import Division, Listed, Reading, Regions, Succession

START = date(2000, 1, 1)
DAYS = st.integers(0, 9_000).map(lambda days: START + timedelta(days=days))
KINDS = st.sampled_from(["rename", "recode", "merge"])


def place(name: str, level: str = "p") -> Division:
    return Division(level, f"c{name}", name)


def listed(*names: str) -> tuple[Listed, ...]:
    return tuple(Listed(place(name), (f"c{name}", name)) for name in names)


def became(
    former: str, later: str, on: date, kind: str = "merge", *, level: str = "p", inside: str | None = None
) -> Succession:
    return Succession(place(former, level), place(later, level), kind, on, (), inside)


@st.composite
def chains(draw: st.DrawFn) -> tuple[Regions, list[str]]:
    """One division under several names one after another; the last is listed."""
    days = sorted(draw(st.lists(DAYS, min_size=1, max_size=5, unique=True)))
    names = [f"n{number}" for number in range(len(days) + 1)]
    steps = zip(names, names[1:], days, strict=False)
    return Regions(listed(names[-1]), tuple(became(*step[:2], step[2], draw(KINDS)) for step in steps)), names


@given(chains(), DAYS)
def test_every_former_name_and_code_is_the_division_of_today_on_any_day(
    chain: tuple[Regions, list[str]], day: date
) -> None:
    regions, names = chain
    found = regions.read(day)
    assert {found[text].code for name in names for text in (name, f"c{name}")} == {f"c{names[-1]}"}


@given(chains())
def test_a_chain_of_renamings_never_turns(chain: tuple[Regions, list[str]]) -> None:
    assert chain[0].turns == ()


@given(DAYS, DAYS)
def test_between_turns_nothing_is_read_otherwise(first: date, second: date) -> None:
    regions = Regions(
        listed("a", "b"),
        (
            Succession(place("a"), place("b"), "merge", date(2005, 1, 1), ("x",), None),
            Succession(place("y", "county"), place("x", "county"), "rename", date(2010, 1, 1), (), "ca"),
        ),
    )
    same = not any(min(first, second) < turn <= max(first, second) for turn in regions.turns)
    codes = [{text: item.code for text, item in regions.read(day).items()} for day in (first, second)]
    assert codes[0] == codes[1] or not same


@given(DAYS)
def test_canonical_codes_stay_what_they_are(day: date) -> None:
    regions = Regions(listed("a", "b"), (became("old", "a", date(2010, 1, 1)),))
    assert {name: regions.read(day)[name].code for name in ("ca", "cb")} == {"ca": "ca", "cb": "cb"}


def test_a_split_keeps_the_former_division_where_it_is_listed() -> None:
    regions = Regions(listed("a", "b", "old"), tuple(became("old", to, START, "split") for to in "ab"))
    assert regions.read(date.max)["old"] == Reading("cold", "division_split")


def test_a_split_into_unlisted_parts_of_one_is_certain() -> None:
    parts = tuple(became("old", to, START, "split", level="county", inside="ca") for to in ("x", "y"))
    assert Regions(listed("a"), parts).read(date.max)["old"] == Reading("ca", "division_split")


def test_a_split_that_nothing_listed_holds_is_not_known() -> None:
    regions = Regions(listed("a", "b"), tuple(became("old", to, START, "split") for to in "ab"))
    assert "old" not in regions.read(date.max)


def test_a_name_used_again_is_read_by_the_day() -> None:
    change = Succession(place("x"), place("b"), "merge", date(2010, 1, 1), (), None)
    again = Succession(
        Division("county", "c1", "y"), Division("county", "c2", "x"), "rename", date(2010, 1, 1), (), "ca"
    )
    regions = Regions(listed("a", "b"), (change, again))
    assert [regions.read(date(year, 12, 31))["x"].code for year in (2009, 2010)] == ["cb", "ca"]
    assert regions.turns == (date(2010, 1, 1),)


def test_divisions_of_one_name_share_the_other_ways_to_write_it() -> None:
    former, later = Division("p", "c1", "x town"), Division("county", "c2", "x town")
    change = Succession(former, place("a"), "merge", date(2010, 1, 1), ("x",), None)
    below = Succession(Division("county", "c3", "y"), later, "rename", date(2010, 1, 1), (), "cb")
    regions = Regions(listed("a", "b"), (change, below))
    assert [regions.read(date(year, 12, 31))["x"].code for year in (2009, 2010)] == ["ca", "cb"]


def test_a_name_of_two_divisions_of_one_day_is_not_known() -> None:
    changes = (
        became("x", "a", START, level="county", inside="ca"),
        Succession(Division("county", "c9", "x"), place("b", "county"), "merge", START, (), "cb"),
    )
    assert "x" not in Regions(listed("a", "b"), changes).read(date.max)
