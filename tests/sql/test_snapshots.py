"""Spec tests of history from snapshots: rosters of several days in, what changed between them out."""

from tests.sql.spec import run, table

CHANGE = ("change_type_code", "observed_after", "observed_by")
MARCH, APRIL, MAY = "2026-03-31", "2026-04-30", "2026-05-31"


def changes(roster: str, *columns: str, **tables: str) -> list[str]:
    rows = run("core_change__event", stg_registration=roster, **tables)
    return table(rows, *(columns or CHANGE))


def test_the_newest_snapshot_is_the_stock() -> None:
    rows = run(
        "core_certificate__entity",
        stg_registration=f"""
            registration_no  source_file  received_on
            R1               a.csv        {MARCH}
            R2               a.csv        {MARCH}
            R2               b.csv        {APRIL}
            """,
    )
    assert table(rows, "registration_no") == ["R2"]


def test_a_series_is_superseded_by_its_own_snapshots_only() -> None:
    rows = run(
        "core_certificate__entity",
        stg_registration=f"""
            registration_no  source_file  received_on
            R1               east/a.csv   {MARCH}
            R2               west/a.csv   {MARCH}
            R3               west/b.csv   {APRIL}
            """,
    )
    assert table(rows, "registration_no") == ["R1", "R3"]


def test_who_is_listed_from_the_first_snapshot_to_the_last_has_no_history() -> None:
    roster = f"""
        registration_no  source_file  received_on
        R1               a.csv        {MARCH}
        R1               b.csv        {APRIL}
        """
    assert changes(roster) == []


def test_an_entry_and_an_exit_lie_between_two_snapshots() -> None:
    roster = f"""
        registration_no  source_file  received_on
        R1               a.csv        {MARCH}
        R2               b.csv        {APRIL}
        """
    assert changes(roster) == [f"entry  {MARCH}  {APRIL}", f"exit  {MARCH}  {APRIL}"]


def test_a_gap_is_an_exit_and_a_re_entry() -> None:
    roster = f"""
        registration_no  source_file  received_on
        R1               a.csv        {MARCH}
        R2               a.csv        {MARCH}
        R2               b.csv        {APRIL}
        R1               c.csv        {MAY}
        R2               c.csv        {MAY}
        """
    assert changes(roster) == [f"exit  {MARCH}  {APRIL}", f"reentry  {APRIL}  {MAY}"]


def test_a_derived_change_is_marked_and_has_no_day() -> None:
    roster = f"""
        registration_no  source_file  received_on
        R1               a.csv        {MARCH}
        R2               a.csv        {MARCH}
        R2               b.csv        {APRIL}
        """
    assert changes(roster, "is_derived", "event_on") == ["true  -"]


def test_a_change_of_either_name_is_one_change_of_name() -> None:
    roster = f"""
        registration_no  person_name  person_name_en  source_file  received_on
        R1               -            OLD LIMITED     a.csv        {MARCH}
        R2               乙           B LIMITED       a.csv        {MARCH}
        R1               新           NEW LIMITED     b.csv        {APRIL}
        R2               乙           B LIMITED       b.csv        {APRIL}
        """
    assert changes(roster) == [f"person_rename  {MARCH}  {APRIL}"]


def test_a_kind_of_name_that_a_whole_snapshot_lacks_is_not_compared() -> None:
    roster = f"""
        registration_no  person_name  person_name_en  source_file  received_on
        R1               -            A LIMITED       a.csv        {MARCH}
        R1               甲           A LIMITED       b.csv        {APRIL}
        """
    assert changes(roster) == []


def test_an_address_moves_where_both_snapshots_tell_it() -> None:
    roster = f"""
        registration_no  business_address  source_file  received_on
        R1               1 Harbour Road    a.csv        {MARCH}
        R2               -                 a.csv        {MARCH}
        R1               2 Harbour Road    b.csv        {APRIL}
        R2               3 Harbour Road    b.csv        {APRIL}
        """
    assert changes(roster) == [f"address  {MARCH}  {APRIL}"]


def test_another_unit_is_a_change_of_employer_from_one_to_the_other() -> None:
    roster = f"""
        registration_no  enterprise_code  enterprise_name  source_file  received_on
        R1               E1               甲公司           a.csv        {MARCH}
        R1               E2               乙公司           b.csv        {APRIL}
        """
    rows = run("safe_change__event", stg_registration=roster)
    columns = ("change_type_code", "enterprise_name_from", "enterprise_name_to")
    assert table(rows, *columns) == ["employer  甲公司  乙公司"]


def test_another_name_of_the_same_code_is_a_renaming_and_no_move() -> None:
    roster = f"""
        registration_no  enterprise_code  enterprise_name  source_file  received_on
        R1               E1               甲公司           a.csv        {MARCH}
        R1               E1               甲集团           b.csv        {APRIL}
        """
    assert changes(roster) == [f"unit_rename  {MARCH}  {APRIL}"]


def test_units_without_a_code_are_renamed_when_their_holders_appear_together_under_a_new_name() -> None:
    roster = f"""
        registration_no  enterprise_name  source_file  received_on
        R1               甲公司           a.csv        {MARCH}
        R2               甲公司           a.csv        {MARCH}
        R3               甲公司           a.csv        {MARCH}
        R1               甲集团           b.csv        {APRIL}
        R2               甲集团           b.csv        {APRIL}
        """
    assert changes(roster, "change_type_code") == ["exit", "unit_rename", "unit_rename"]


def test_holders_that_part_have_moved() -> None:
    roster = f"""
        registration_no  enterprise_name  source_file  received_on
        R1               甲公司           a.csv        {MARCH}
        R2               甲公司           a.csv        {MARCH}
        R3               甲公司           a.csv        {MARCH}
        R1               甲集团           b.csv        {APRIL}
        R2               甲集团           b.csv        {APRIL}
        R3               丙公司           b.csv        {APRIL}
        """
    assert changes(roster, "change_type_code") == ["employer"] * 3


def test_a_unit_that_takes_over_another_was_there_before_and_renames_nobody() -> None:
    roster = f"""
        registration_no  enterprise_name  source_file  received_on
        R1               甲公司           a.csv        {MARCH}
        R2               甲公司           a.csv        {MARCH}
        R3               乙公司           a.csv        {MARCH}
        R1               乙公司           b.csv        {APRIL}
        R2               乙公司           b.csv        {APRIL}
        R3               乙公司           b.csv        {APRIL}
        """
    assert changes(roster, "change_type_code") == ["employer", "employer"]


def test_a_unit_of_one_holder_is_never_taken_as_renamed() -> None:
    roster = f"""
        registration_no  enterprise_name  source_file  received_on
        R1               甲公司           a.csv        {MARCH}
        R1               甲集团           b.csv        {APRIL}
        """
    assert changes(roster, "change_type_code") == ["employer"]


def test_a_later_end_of_validity_is_a_renewal_of_that_specialty() -> None:
    roster = f"""
        registration_no  specialty_code  valid_to    source_file  received_on
        R1               B               2026-06-30  a.csv        {MARCH}
        R1               M               2027-06-30  a.csv        {MARCH}
        R1               B               2029-06-30  b.csv        {APRIL}
        R1               M               2027-06-30  b.csv        {APRIL}
        """
    assert changes(roster, "change_type_code", "specialty_code") == ["renewal  B"]


def test_specialties_come_and_go() -> None:
    roster = f"""
        registration_no  specialty_code  source_file  received_on
        R1               B               a.csv        {MARCH}
        R1               M               a.csv        {MARCH}
        R1               M               b.csv        {APRIL}
        R1               W               b.csv        {APRIL}
        """
    assert changes(roster, "change_type_code", "specialty_code") == [
        "specialty_added  W",
        "specialty_removed  B",
    ]


def test_a_status_changes_but_expiring_is_only_the_calendar() -> None:
    roster = f"""
        registration_no  specialty_code  status_code  source_file  received_on
        R1               B               valid        a.csv        {MARCH}
        R2               B               valid        a.csv        {MARCH}
        R1               B               expiring     b.csv        {APRIL}
        R2               B               locked       b.csv        {APRIL}
        """
    rows = run("core_change__event", stg_registration=roster)
    assert table(rows, "change_type_code") == ["status"]


def test_a_recorded_event_in_the_interval_explains_the_change() -> None:
    roster = f"""
        registration_no  enterprise_code  source_file  received_on
        R1               E1               a.csv        {MARCH}
        R2               E1               a.csv        {MARCH}
        R1               E2               b.csv        {APRIL}
        R2               E2               b.csv        {APRIL}
        """
    events = """
        registration_no  event_type_code  enterprise_code_from  enterprise_code  event_on
        R1               02T              E1                    E2               2026-04-10
        R2               02T              E1                    E2               2026-05-10
        """
    rows = run("core_change__event", stg_registration=roster, stg_event=events)
    assert len(rows) == 1


def test_a_row_set_aside_shows_that_its_certificate_has_not_left() -> None:
    roster = f"""
        registration_no  person_name  source_file  received_on
        R1               甲           a.csv        {MARCH}
        R2               乙           a.csv        {MARCH}
        R2               乙           b.csv        {APRIL}
        R1               甲           c.csv        {MAY}
        R2               乙           c.csv        {MAY}
        """
    sighted = """
        source_name  source_file  registration_no
        test         b.csv        R1
        """
    assert changes(roster, stg_sighting=sighted) == []


def test_a_change_behind_a_row_set_aside_lies_between_the_snapshots_that_could_be_read() -> None:
    roster = f"""
        registration_no  person_name  source_file  received_on
        R1               甲           a.csv        {MARCH}
        R2               乙           a.csv        {MARCH}
        R2               乙           b.csv        {APRIL}
        R1               甲二         c.csv        {MAY}
        R2               乙           c.csv        {MAY}
        """
    sighted = """
        source_name  source_file  registration_no
        test         b.csv        R1
        """
    assert changes(roster, stg_sighting=sighted) == [f"person_rename  {MARCH}  {MAY}"]


def test_a_number_that_stands_twice_in_a_snapshot_is_one_certificate() -> None:
    roster = f"""
        registration_no  person_name  source_file  received_on
        R1               甲           a.csv        {MARCH}
        R1               甲           b.csv        {APRIL}
        R1               甲二         b.csv        {APRIL}
        """
    assert changes(roster) == []


def test_changes_are_counted_by_interval_kind_and_division() -> None:
    rows = run(
        "mart_change__flow",
        stg_registration=f"""
            registration_no  division_code  source_file  received_on
            R1               110000         a.csv        {MARCH}
            R2               110000         b.csv        {APRIL}
            R3               110000         b.csv        {APRIL}
            """,
    )
    columns = ("change_type_code", "division_code", "events")
    assert table(rows, *columns) == ["entry  110000  2", "exit  110000  1"]


def test_near_the_age_limit_no_change_that_follows_from_validity_is_told_by_name() -> None:
    roster = f"""
        registration_no  birth_date  specialty_code  enterprise_code  valid_to    source_file  received_on
        R1               1962-05-05  B               E1               2026-06-30  a.csv        {MARCH}
        R1               1962-05-05  B               E2               2027-05-04  b.csv        {APRIL}
        """
    rules = """
        rule       value  subject  valid_from  valid_to
        age_limit  65     -        -           -
        """
    rows = run("served_change", stg_registration=roster, rule_registration=rules)
    assert table(rows, "change_type_code") == ["employer"]
