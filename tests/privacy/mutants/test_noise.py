"""Mutants of the noise, of families and of what stands beside the tables: each must be caught by a named attack."""

from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from etl.privacy.attacks.dominance import dominance
from etl.privacy.attacks.keys import key_bytes
from etl.privacy.attacks.noise import Drawing, change_oracle, frozen, neighbours, noise_variance, wrong_key
from etl.privacy.attacks.overlap import beside, overlaps
from etl.privacy.attacks.series import series
from etl.privacy.tables.families import Family, Level
from etl.privacy.tables.protect import protect
from tests.fixtures.mechanisms import cell_key, cell_keys
from tests.fixtures.mutants import registers, rules, sound, verdicts, vintages
from tests.fixtures.vintages import AGE_SEX, EDUCATION, key_of, protect_table, vintage

KEY = key_of(2021)


def drawn(register: pa.Table, key: bytes, unit: str = "unit", year: int = 2021) -> pa.Table:
    with duckdb.connect() as connection:
        connection.register("units", register)
        return protect(connection, "units", unit, AGE_SEX, year, key).noise_log


def drawing(draw=drawn):
    return Drawing(AGE_SEX, registers()[0][1], KEY, draw)


def test_the_sound_noise_passes():
    logs = {year: drawn(register, key_of(year), year=year) for year, register in registers()}
    measured = (*change_oracle(logs, AGE_SEX), *neighbours(drawing(), trials=1), *wrong_key([drawing()]))

    assert all(verdicts(measured).values())


def test_noise_from_record_keys_is_caught_by_a5():
    found = sound()
    logs = {}
    for position, year in enumerate(found.years[:2]):
        counts = found.counts[position].astype(int)
        noise = cell_key(counts, cell_keys(found, position)) - counts
        nodes = np.flatnonzero(found.present[position])
        keys = [
            (*found.keys[node], *[""] * (len(AGE_SEX.public) + 1 - len(found.keys[node]))) for node in nodes
        ]
        columns = dict(zip(("level", *AGE_SEX.public), zip(*keys, strict=True), strict=True))
        logs[year] = pa.table({**columns, "membership": [""] * len(nodes), "noise": noise[nodes].tolist()})

    assert not verdicts(change_oracle(logs, AGE_SEX))["partly_redrawn"]


def test_noise_that_stays_over_years_is_caught_by_a5():
    register = registers()[0][1]
    logs = {year: drawn(register, KEY, year=2021) for year in (2021, 2022)}

    assert not verdicts(change_oracle(logs, AGE_SEX))["noise_reused"]


@pytest.mark.parametrize("column", AGE_SEX.sensitive)
def test_a_seed_that_includes_a_sensitive_column_is_caught_by_a5(column):
    def seeded(register: pa.Table, key: bytes) -> pa.Table:
        seed = pc.binary_join_element_wise(register["unit"], register[column], "|")
        return drawn(register.append_column("seed", seed), key, unit="seed")

    assert not verdicts(neighbours(drawing(seeded), trials=1))["seed_sensitive"]


@pytest.mark.parametrize(
    "used", [lambda key: KEY, lambda key: key[:-1], lambda key: key[1:], lambda key: bytes([key[0] & 1]) * 32]
)
def test_a_key_that_is_not_used_whole_is_caught_by_a16(used):
    weak = drawing(lambda register, key: drawn(register, used(key)))

    assert not verdicts(wrong_key([weak]))["wrong_key"]


def test_noise_of_which_half_does_not_come_from_the_key_is_caught_by_a16():
    def half(register, key):
        own, fixed = drawn(register, key), drawn(register, KEY)
        both = np.add(own["noise"].to_pylist(), fixed["noise"].to_pylist()).tolist()
        return own.set_column(own.column_names.index("noise"), "noise", pa.array(both))

    assert not verdicts(wrong_key([drawing(half)]))["wrong_key"]


def test_the_noise_of_a_few_cells_is_not_judged_alone():
    few = Family("few", (Level("register", (), 10),), ("sex",), AGE_SEX.codes[:1])

    def draw_few(register, key):
        with duckdb.connect() as connection:
            connection.register("units", register)
            return protect(connection, "units", "unit", few, 2021, key).noise_log

    (measured,) = wrong_key([Drawing(few, registers()[0][1], KEY, draw_few)])

    assert measured.note == "not judged: 2 cells"


@pytest.mark.parametrize("form", [bytes, lambda key: key.hex().encode()])
def test_a_key_in_a_file_is_caught_by_a16(tmp_path, form):
    (tmp_path / "manifest.json").write_bytes(b'{"key": "' + form(KEY) + b'"}')

    assert not verdicts(key_bytes(tmp_path, {"2021": KEY}))["key_bytes"]


def test_a_release_without_its_key_passes_a16(tmp_path):
    (tmp_path / "manifest.json").write_text('{"version": "2026.10.0"}', encoding="utf-8")

    assert verdicts(key_bytes(tmp_path, {"2021": KEY}))["key_bytes"]


def test_a_year_protected_again_is_caught_by_a5():
    before = vintages()[0].published
    again = protect_table(registers()[0][1], AGE_SEX, 2021, key=key_of(1999)).table

    assert not verdicts(frozen({AGE_SEX.name: again}, [before]))["refrozen"]


def test_a_year_that_disappears_is_caught_by_a5():
    before, now = (vintages()[place].published for place in (0, 1))

    assert not verdicts(frozen(now, [before]))["refrozen"]


def test_a_year_published_unchanged_passes_a5():
    both = pa.concat_tables([vintages()[place].published[AGE_SEX.name] for place in (0, 1)])

    assert verdicts(frozen({AGE_SEX.name: both}, [vintages()[0].published]))["refrozen"]


def test_the_families_of_the_tests_do_not_overlap():
    assert verdicts(overlaps([AGE_SEX, EDUCATION]))["overlaps"]


def test_levels_that_do_not_nest_are_caught_by_a6():
    crossed = replace(AGE_SEX, levels=(*AGE_SEX.levels[:2], Level("category", ("category",), 10)))

    assert not verdicts(overlaps([crossed]))["overlaps"]


@pytest.mark.parametrize("by", [("category",), ("division", "specialty"), ("division",)])
def test_a_second_tree_for_the_same_column_is_caught_by_a6(by):
    second = Family(
        "again", (Level("register", (), 10), Level("again", by, 20)), AGE_SEX.sensitive, AGE_SEX.codes
    )

    assert not verdicts(overlaps([AGE_SEX, second]))["overlaps"]


def test_a_sensitive_column_in_another_family_is_caught_by_a6():
    sex_alone = Family("sex", AGE_SEX.levels, ("sex",), AGE_SEX.codes[:1])

    assert not verdicts(overlaps([AGE_SEX, sex_alone]))["overlaps"]


def test_families_that_have_no_year_in_common_do_not_overlap():
    sex_alone = Family("sex", AGE_SEX.levels, ("sex",), AGE_SEX.codes[:1])
    years = {AGE_SEX.name: [2021, 2022], "sex": [2023]}
    assert verdicts(overlaps([AGE_SEX, sex_alone], years))["overlaps"]
    assert not verdicts(overlaps([AGE_SEX, sex_alone], years | {"sex": [2022, 2023]}))["overlaps"]


def test_an_exact_table_with_a_sensitive_column_is_caught_by_a1():
    tables = {"stock": pa.schema([("division", pa.string()), ("sex", pa.string()), ("persons", pa.int64())])}

    assert not verdicts(beside(tables, [AGE_SEX], [AGE_SEX.name]))["beside"]


def employed(employer_of):
    """The first register protected as it is, the employers of class 03/01 then given by the position of a member."""
    year, register = registers()[0]
    inside = pc.and_(pc.equal(register["division"], "03"), pc.equal(register["category"], "01"))
    held, elsewhere = register.filter(inside), register.filter(pc.invert(inside))
    position = held.column_names.index("employer")
    employers = pa.array([employer_of(place, held.num_rows) for place in range(held.num_rows)])
    alone = pa.array(np.arange(elsewhere.num_rows) + 10**6)
    both = [
        held.set_column(position, "employer", employers),
        elsewhere.set_column(position, "employer", alone),
    ]
    table = pa.concat_tables(both)
    return vintage(year, table, {AGE_SEX.name: protect_table(table, AGE_SEX, year).table}, [AGE_SEX])


def remainders(*made):
    return verdicts(dominance(series(AGE_SEX, made), made, rules()))["remainder_small"]


def one_employer(place, size):
    return -1 if place < size - 5 else place


def two_employers(place, size):
    return -1 - place % 2 if place < size - 5 else place


def test_employers_of_whom_none_holds_most_pass_a15():
    assert remainders(employed(lambda place, size: place % 10))


@pytest.mark.parametrize("employer_of", [one_employer, two_employers])
def test_classes_of_one_or_two_employers_are_caught_by_a15(employer_of):
    assert not remainders(employed(employer_of))


def test_a_class_of_one_employer_in_an_earlier_year_is_caught_by_a15():
    assert not remainders(employed(one_employer), vintages()[1])


def test_noise_of_half_the_variance_at_one_level_is_caught_by_a5():
    *upper, leaf = AGE_SEX.levels
    weaker = replace(AGE_SEX, levels=(*upper, replace(leaf, variance=leaf.variance // 2)))
    logs = {year: protect_table(table, weaker, year).noise_log for year, table in registers()}

    assert not verdicts(noise_variance(logs, AGE_SEX))["noise_variance"]


def test_noise_as_declared_passes_a5():
    logs = {year: protect_table(table, AGE_SEX, year).noise_log for year, table in registers()}

    assert verdicts(noise_variance(logs, AGE_SEX))["noise_variance"]
