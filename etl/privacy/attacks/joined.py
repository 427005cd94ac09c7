"""A19: microdata joined with protected tables, or with another file: do they tell more together than each alone?

A person's public class is known: where it stands in the tree of a table, and which records of the file are alike in
what the file tells of that class. The table gives the distribution of codes in the first, the file in the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.privacy.attacks.model import UNIT, Estimate, Measured, Rules
from etl.privacy.attacks.movers import Victims
from etl.privacy.attacks.posterior import Attacker
from etl.privacy.attacks.scores import Logs, Scored, auc_gain, certain_share, fit, fitted, halves_of
from etl.privacy.attacks.series import ABSENT, Floats, Ints, Series
from etl.privacy.tables.families import Family

_SEPARATOR = "\x1f"
_WEIGHT = 20.0
"""Records by which the shares among those alike are pulled to the shares of the whole file."""


@dataclass(frozen=True)
class Microdata:
    """A file of one record a person, of the persons of `year`.

    `records`: as published, columns named as in the register. `persons`: column `unit` and the same columns, everybody
    of the register at the levels of the file. `public`: the columns that the lookup tells.
    """

    year: int
    records: pa.Table
    persons: pa.Table
    public: Sequence[str]

    def tells(self, family: Family) -> bool:
        """Whether it holds all codes of the family."""
        return {*family.sensitive} <= {*self.records.column_names}


def joined(found: Series, file: Microdata, rules: Rules) -> tuple[Measured, ...]:
    """Table and file together, against the better of the two.

    Victims are members of the smallest classes by both together. All persons are halved at random: the powers of what
    each tells are fitted on one half for the attack on the other. `joined_gain`: gain in telling the codes of one
    sensitive column apart (AUC). `joined_certain`: share guessed right with a posterior above .9 where neither alone
    gives more, the odds at least doubled.
    """
    if found.truth is None or file.year not in found.years:
        return ()
    year = found.years.index(file.year)
    leaf = found.leaf[year]
    classes = (leaf, np.log(Attacker(found, np.arange(0)).profile + 1e-12))
    return _together(found, year, (classes, _told(found, file, year, file.public)), rules, "joined")


def linked(found: Series, files: tuple[Microdata, Microdata], rules: Rules) -> tuple[Measured, ...]:
    """Two files of one year together, by somebody who knows all of a person but the family's codes.

    `linked_gain` and `linked_certain` as for `joined`. (Which record of the one file belongs to which of the other
    need not be guessed: what a link could tell of a code, the shares among those alike in both tell, too.)
    """
    if found.truth is None or not _both(found, files):
        return ()
    year = found.years.index(files[0].year)
    one, two = (
        _told(
            found,
            file,
            year,
            [name for name in file.records.column_names if name not in found.family.sensitive],
        )
        for file in files
    )
    return _together(found, year, (one, two), rules, "linked")


def _both(found: Series, files: tuple[Microdata, Microdata]) -> bool:
    """Whether both files tell the codes of the family in one of its years."""
    one, two = files
    told = all(file.tells(found.family) for file in files)
    return told and one.year == two.year and one.year in found.years


Told = tuple[Ints, Floats]
"""(persons): the class in which a person is, -1 for none; (classes, cells): log share of every cell in each."""


def _together(
    found: Series, year: int, told: tuple[Told, Told], rules: Rules, name: str
) -> tuple[Measured, ...]:
    halves = halves_of(found, rules)
    alike = [classes for classes, _ in told]
    victims = [_exposed(found, alike, year, half)[: rules.victims // 2] for half in halves]
    if not all(map(len, victims)):
        note = "not judged: nobody is in both"
        return tuple(Measured(f"{name}_{of}", Estimate.unknown(), None, note) for of in ("gain", "certain"))
    score = _crossed(found, year, victims, told)
    return (
        auc_gain(score, rules, found, f"{name}_gain"),
        certain_share(score, rules, np.array(found.family.telling), f"{name}_certain"),
    )


def _exposed(found: Series, alike: Sequence[Ints], year: int, half: Ints) -> Ints:
    """Persons of the half with a class in both, those first who are alike with the fewest."""
    assert found.truth is not None
    one, two = alike
    both = np.where((one >= 0) & (two >= 0), one * (two.max() + 1) + two, ABSENT)
    _, place, size = np.unique(both, return_inverse=True, return_counts=True)
    held = half[(both[half] >= 0) & (found.truth[year, half] >= 0)]
    return np.asarray(held[np.argsort(size[place[held]], kind="stable")])


def _told(found: Series, file: Microdata, year: int, known: Sequence[str]) -> Told:
    """What the records tell that are alike in the `known` columns.

    A file of coarser codes tells of a cell what it tells of its coarser one.
    """
    names = file.persons[UNIT].combine_chunks().cast(pa.string())
    at = pc.index_in(names, found.people.cast(pa.string()))
    inside = np.flatnonzero(at.is_valid().to_numpy(zero_copy_only=False))
    person = at.take(pa.array(inside)).to_numpy().astype(np.int64)
    values = [name for name in file.records.column_names if name not in known]
    alike, of_record = _numbered(file, known)
    value, told = _numbered(file, values)
    counts = np.zeros((alike.max() + 1, value.max() + 1))
    np.add.at(counts, (of_record, told), 1)
    usual = (counts.sum(axis=0) + 1) / (counts.sum() + counts.shape[1])
    shares = (counts + _WEIGHT * usual) / (counts.sum(axis=1, keepdims=True) + _WEIGHT)
    number = np.full(len(found.people), ABSENT)
    number[person] = alike[inside]
    return number, np.log(shares @ _coarser(found, year, person, value[inside], counts.shape[1]))


def _coarser(found: Series, year: int, person: Ints, value: Ints, values: int) -> Floats:
    """(values, cells): whether a value of the file stands for the cell, by the commonest among its persons."""
    assert found.truth is not None
    cell = found.truth[year, person]
    held = cell >= 0
    together = np.bincount(cell[held] * values + value[held], minlength=found.cells * values)
    stands = together.reshape(found.cells, values)
    return np.asarray(np.eye(values)[stands.argmax(axis=1)].T)


def _numbered(file: Microdata, columns: Sequence[str]) -> tuple[Ints, Ints]:
    """Numbers of the joint values of columns, of all persons and of all records."""
    both = (_joint(table, columns) for table in (file.persons, file.records))
    numbers = pa.chunked_array(list(both)).combine_chunks().dictionary_encode().indices.to_numpy()
    persons, records = np.split(numbers.astype(np.int64), [file.persons.num_rows])
    return persons, records


def _joint(table: pa.Table, columns: Sequence[str]) -> pa.Array:
    parts = [table[name].combine_chunks().cast(pa.string()) for name in columns]
    return pc.binary_join_element_wise(*parts, _SEPARATOR)


def _crossed(found: Series, year: int, victims: Sequence[Ints], told: tuple[Told, Told]) -> Scored:
    """Both halves, each with powers fitted on the other; without: the one alone that fits better."""
    assert found.truth is not None
    cell = found.truth[year]
    none = np.zeros(len(cell), np.int64)
    people = [Victims(who, none[who], none[who] + year, cell[who], none[who]) for who in victims]
    parts = []
    for learned, attacked in (people[::-1], people):
        tried = []
        for prior, other in (told, told[::-1]):
            known, asked = (Logs(who, _logs(prior, who), _logs(other, who)) for who in (learned, attacked))
            alone = fitted(known, known).without
            tried.append((fit(np.log(alone + 1e-12), learned.cell), fitted(known, asked)))
        parts.append(max(tried, key=lambda pair: pair[0])[1])
    first, second = parts
    return first.joined(second)


def _logs(told: Told, victims: Victims) -> Floats:
    """(victims, cells)."""
    alike, logs = told
    return np.asarray(logs[alike[victims.person]])
