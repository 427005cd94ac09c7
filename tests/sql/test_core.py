"""Spec tests of the core models: what a roster and its events come to."""

from tests.sql.spec import run, table

INTERVAL = ("valid_from", "valid_to", "ended_on", "status_code")
SPELL = ("spell_from", "spell_to")


def test_a_roster_alone_gives_one_interval() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_from  valid_to
            R1               B               2025-05-01  2028-04-30
            """,
    )
    assert table(rows, *INTERVAL) == ["2025-05-01  2028-04-30  -  valid"]


def test_a_renewal_before_the_end_extends_from_the_day_after_it() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_to
            R1               B               2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on    valid_to
            R1               01               B               2021-05-01  2024-04-30
            R1               03               B               2024-02-10  2027-04-30
            """,
    )
    assert table(rows, *INTERVAL) == [
        "2021-05-01  2024-04-30  -  historic",
        "2024-05-01  2027-04-30  -  valid",
    ]


def test_a_late_renewal_leaves_a_gap() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_to
            R1               B               2027-07-31
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on    valid_to
            R1               01               B               2021-05-01  2024-04-30
            R1               05               B               2024-08-01  2027-07-31
            """,
    )
    assert table(rows, "valid_from", "valid_to") == ["2021-05-01  2024-04-30", "2024-08-01  2027-07-31"]


def test_an_added_specialty_has_its_own_interval() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_to
            R1               B               2028-04-30
            R1               M               2028-12-31
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on    valid_to
            R1               01               B               2025-05-01  2028-04-30
            R1               04               M               2026-01-01  2028-12-31
            """,
    )
    assert table(rows, "specialty_code", "valid_from", "valid_to") == [
        "B  2025-05-01  2028-04-30",
        "M  2026-01-01  2028-12-31",
    ]


def test_a_cancellation_ends_validity_before_its_last_day() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_to
            R1               B               2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on    valid_to
            R1               01               B               2024-05-01  2027-04-30
            R1               07               B               2025-06-01  -
            """,
    )
    assert table(rows, *INTERVAL) == ["2024-05-01  2027-04-30  2025-06-01  cancelled"]


def test_a_cancellation_without_specialty_ends_them_all() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_from  valid_to
            R1               B               2024-05-01  2027-04-30
            R1               M               2024-05-01  2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  event_on
            R1               07               2025-06-01
            """,
    )
    assert table(rows, "specialty_code", "ended_on") == ["B  2025-06-01", "M  2025-06-01"]


def test_a_registration_after_a_cancellation_does_not_overlap_the_cancelled_interval() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_to
            R1               B               2028-09-30
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on    valid_to
            R1               01               B               2024-05-01  2027-04-30
            R1               07               B               2025-06-01  -
            R1               05               B               2025-10-01  2028-09-30
            """,
    )
    assert table(rows, *INTERVAL) == [
        "2024-05-01  2025-09-30  2025-06-01  cancelled",
        "2025-10-01  2028-09-30  -  valid",
    ]


def test_a_roster_received_later_and_in_force_overrides_a_cancellation() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_from  valid_to    status_code
            R1               B               2024-05-01  2027-04-30  valid
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on
            R1               07               B               2025-06-01
            """,
    )
    assert table(rows, *INTERVAL) == ["2024-05-01  2027-04-30  -  valid"]


def test_a_registration_with_few_days_left_is_expiring_and_one_past_its_end_is_historic() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_from  valid_to
            R1               B               2023-12-01  2026-12-31
            R2               B               2020-01-01  2022-12-31
            """,
    )
    assert table(rows, "valid_to", "status_code") == ["2022-12-31  historic", "2026-12-31  expiring"]


def test_a_status_on_the_roster_out_of_force_holds_after_the_end_of_validity() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  valid_from  valid_to    status_code
            1                1931-11-12  1992-09-30  cancelled
            """,
    )
    assert table(rows, *INTERVAL) == ["1931-11-12  1992-09-30  -  cancelled"]


def test_a_register_without_dates_has_one_undated_interval() -> None:
    rows = run("core_registration__history", stg_registration="registration_no\nTC1\nTC2")
    assert table(rows, *INTERVAL) == ["-  -  -  valid", "-  -  -  valid"]


def test_a_transfer_splits_the_employment() -> None:
    rows = run(
        "core_employment__history",
        stg_registration="""
            registration_no  enterprise_code  specialty_code  valid_from  valid_to
            R1               E2               B               2024-05-01  2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  enterprise_code_from  enterprise_code  event_on
            R1               01               -                     E1               2024-05-01
            R1               02T              E1                    E2               2025-03-01
            """,
    )
    assert table(rows, *SPELL) == ["2024-05-01  2025-03-01", "2025-03-01  -"]


def test_an_employment_without_a_first_day_comes_before_those_with_one() -> None:
    rows = run(
        "core_employment__history",
        stg_registration="""
            registration_no  enterprise_code  specialty_code  valid_to
            R1               E2               B               2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  enterprise_code_from  enterprise_code  event_on
            R1               02T              E1                    E2               2025-03-01
            """,
    )
    assert table(rows, *SPELL) == ["-  2025-03-01", "2025-03-01  -"]


def test_a_renaming_does_not_split_the_employment() -> None:
    rows = run(
        "core_employment__history",
        stg_registration="""
            registration_no  enterprise_code  enterprise_name  specialty_code  valid_from  valid_to
            R1               E1               新名公司         B               2024-05-01  2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  enterprise_name_from  enterprise_name  enterprise_code  event_on
            R1               01               -  旧名公司  E1  2024-05-01
            R1               02R              旧名公司  新名公司  E1  2025-03-01
            """,
    )
    assert table(rows, *SPELL) == ["2024-05-01  -"]


def test_a_renaming_is_kept_in_the_names_of_the_enterprise() -> None:
    rows = run(
        "core_enterprise_name__history",
        stg_enterprise="enterprise_code  enterprise_name\nE1  新名公司",
        stg_event="""
            registration_no  event_type_code  enterprise_name_from  enterprise_name  enterprise_code  event_on
            R1               02R              旧名公司  新名公司  E1  2025-03-01
            """,
    )
    assert table(rows, "enterprise_name", "valid_from", "valid_to") == [
        "新名公司  2025-03-01  -",
        "旧名公司  -  2025-03-01",
    ]


def test_an_enterprise_named_without_code_is_the_one_that_the_export_names_so() -> None:
    rows = run(
        "core_enterprise__entity",
        stg_enterprise="enterprise_code  enterprise_name\nE1  甲公司",
        stg_registration="registration_no  enterprise_name\nR1  甲公司\nR2  乙公司",
    )
    assert table(rows, "enterprise_code", "enterprise_name") == ["-  乙公司", "E1  甲公司"]


def test_a_name_of_two_enterprises_is_linked_to_neither() -> None:
    rows = run(
        "core_enterprise__entity",
        stg_enterprise="enterprise_code  enterprise_name\nE1  甲公司\nE2  甲公司",
        stg_registration="registration_no  enterprise_name\nR1  甲公司",
    )
    assert table(rows, "enterprise_code") == ["-", "E1", "E2"]


def test_certificates_with_one_id_number_are_one_person() -> None:
    rows = run(
        "core_person__entity",
        stg_registration="""
            registration_no  id_number            person_name
            R1               990000180001010017   某甲
            R2               990000180001010017   某甲
            R3               -                    某甲
            """,
    )
    assert table(rows, "id_number", "person_name") == ["-  某甲", "990000180001010017  某甲"]


def test_the_better_source_wins_and_gaps_are_filled_from_the_other() -> None:
    rows = run(
        "core_certificate__entity",
        rule_registration="rule  value  subject\nsource_precedence  1  national\nsource_precedence  2  local",
        stg_registration="""
            registration_no  category_code  certificate_no  source_name  received_on
            R1               1              -               national     2026-01-01
            R1               2              0001            local        2026-06-01
            """,
    )
    assert table(rows, "category_code", "certificate_no") == ["1  0001"]


def test_an_event_told_twice_is_one_event() -> None:
    rows = run(
        "core_registration__event",
        stg_event="""
            event_no  registration_no  event_type_code  event_on    source_name
            1         R1               01               2024-05-01  a
            1         R1               01               2024-05-01  b
            """,
    )
    assert len(rows) == 1


def test_an_event_after_the_as_of_date_is_not_yet() -> None:
    rows = run(
        "core_registration__event",
        as_of="2024-04-30",
        stg_event="registration_no  event_type_code  event_on\nR1  01  2024-05-01",
    )
    assert rows == []


def test_a_registration_still_to_come_is_not_yet() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  valid_from  valid_to
            R1               2027-01-01  2029-12-31
            """,
    )
    assert rows == []


def test_a_cancellation_that_follows_a_penalty_leaves_the_registration_revoked() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_to
            R1               B               2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on    valid_to    cancellation_reason_code
            R1               01               B               2024-05-01  2027-04-30  -
            R1               07               B               2025-03-01  -           09
            """,
    )
    assert table(rows, "ended_on", "status_code") == ["2025-03-01  revoked"]


def test_a_cancellation_without_specialty_ends_specialties_that_only_events_know() -> None:
    rows = run(
        "core_registration__history",
        stg_registration="""
            registration_no  specialty_code  valid_to
            R1               B               2027-04-30
            """,
        stg_event="""
            registration_no  event_type_code  specialty_code  event_on    valid_to
            R1               01               B               2024-05-01  2027-04-30
            R1               04               M               2024-09-01  2027-08-31
            R1               07               -               2025-03-01  -
            """,
    )
    assert table(rows, "specialty_code", "ended_on", "status_code") == [
        "B  2025-03-01  cancelled",
        "M  2025-03-01  cancelled",
    ]
