"""How the register's metadata name divisions on a day: what `etl.clean.regions` makes of its lists and changes."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from etl.clean.codes import fold
from etl.clean.regions import Division, Listed, Reading, Regions, Succession
from etl.metadata import Code, Metadata

# The lists of divisions, the higher level first, by the names of their levels in `geography/changes.csv`.
HIGHER, LOWER = LEVELS = ("division", "prefecture")


def regions(metadata: Metadata, level: str) -> Regions:
    """The divisions of a level, and what became of former ones of it and of the counties in it."""
    listed = (
        Listed(Division(level, item.code, item.zh), item.spellings) for item in metadata.codes[level].entries
    )
    successions = (
        Succession(
            Division(item.level, item.code_from, item.name_from),
            Division(item.level, item.code_to, item.name_to),
            item.kind,
            item.effective_on,
            item.spellings,
            item.inside,
        )
        for item in metadata.division_changes
        if item.level == level or (level == LOWER and item.inside)
    )
    return Regions(tuple(listed), tuple(successions))


def readings(metadata: Metadata, level: str, day: date) -> dict[str, Reading]:
    """Folded text -> how it is read on a day in the list of a level.

    A prefecture or county may stand in one word with what it lies in; the list of divisions reads that word too.
    A name that a county shares with one elsewhere is read in such a word only.
    """
    alone = regions(metadata, level).read(day)
    below = alone if level == LOWER else regions(metadata, LOWER).read(day)
    homes = _homes(metadata)
    found: dict[str, Reading] = {}
    for text, reading in below.items():
        place = metadata.codes[LOWER].by_code[reading.code]
        above = metadata.codes[HIGHER].by_code.get(place.parent or "")
        if above is not None and not text.isascii():
            whole = reading if level == LOWER else Reading(above.code, "")
            found |= {fold(head + text): whole for head in _heads(above, place, reading, homes.get(text, ()))}
    shared = {item.name_from for item in metadata.division_changes if item.namesake}
    return found | {fold(text): reading for text, reading in alone.items() if text not in shared}


def turns(metadata: Metadata) -> tuple[date, ...]:
    """The days from which a text may mean another division than before, in order."""
    return tuple(sorted({day for level in LEVELS for day in regions(metadata, level).turns}))


def _heads(above: Code, place: Code, reading: Reading, homes: Collection[str]) -> tuple[str, ...]:
    """What may stand before the name of a prefecture; before that of a county those it lies in and lay in too."""
    heads = (above.zh, *above.variants)
    if not reading.rule:
        return heads
    places = (place.zh, *homes)
    return (*heads, *places, *(head + name for head in heads for name in places))


def _homes(metadata: Metadata) -> dict[str, set[str]]:
    """Name of a county -> the names of prefectures that it lay in, or that its own had before."""
    names: dict[str, set[str]] = defaultdict(set)
    for code in metadata.codes[LOWER].entries:
        names[code.code].add(code.zh)
    for change in metadata.division_changes:
        if change.level == LOWER:
            names[change.code_from].add(change.name_from)
    homes: dict[str, set[str]] = defaultdict(set)
    for change in metadata.division_changes:
        if change.inside:
            lay = names[change.inside_from or change.inside]
            homes[change.name_from] |= lay
            homes[change.name_to] |= lay
    return homes
