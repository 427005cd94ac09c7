"""How the register's metadata name divisions on a day: what `etl.clean.regions` makes of its lists and changes."""

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
    found: dict[str, Reading] = {}
    for text, reading in below.items():
        place = metadata.codes[LOWER].by_code[reading.code]
        above = metadata.codes[HIGHER].by_code.get(place.parent or "")
        if above is not None and not text.isascii():
            whole = reading if level == LOWER else Reading(above.code, "")
            found |= {fold(head + text): whole for head in _heads(above, place, reading)}
    shared = {item.name_from for item in metadata.division_changes if item.namesake}
    return found | {fold(text): reading for text, reading in alone.items() if text not in shared}


def turns(metadata: Metadata) -> tuple[date, ...]:
    """The days from which a text may mean another division than before, in order."""
    return tuple(sorted({day for level in LEVELS for day in regions(metadata, level).turns}))


def _heads(above: Code, place: Code, reading: Reading) -> tuple[str, ...]:
    """What may stand before the name of a prefecture; before that of a county its prefecture too."""
    heads = (above.zh, *above.variants)
    if not reading.rule:
        return heads
    return (*heads, place.zh, *(head + place.zh for head in heads))
