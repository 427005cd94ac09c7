"""Spec tests: one enterprise by its codes and names, one person by the link table."""

from tests.sql.spec import run, table


def test_an_organisation_code_inside_one_credit_code_is_the_same_enterprise() -> None:
    rows = run(
        "core_enterprise__entity",
        stg_enterprise="""
            enterprise_code     enterprise_name
            91990000FAKE00005D  甲公司
            """,
        stg_registration="""
            registration_no  specialty_code  enterprise_code  enterprise_name
            R1               B               FAKE00005        甲公司
            """,
    )
    assert table(rows, "enterprise_code", "enterprise_name") == ["91990000FAKE00005D  甲公司"]


def test_an_organisation_code_inside_two_credit_codes_stands_alone() -> None:
    rows = run(
        "core_enterprise__link",
        stg_registration="""
            registration_no  specialty_code  enterprise_code
            R1               B               FAKE00005
            R2               B               91990000FAKE00005D
            R3               B               91110000FAKE00005X
            """,
    )
    assert len({row["enterprise_id"] for row in rows}) == 3


def test_a_name_written_with_both_codes_of_an_enterprise_is_not_ambiguous() -> None:
    rows = run(
        "core_enterprise__link",
        stg_registration="""
            registration_no  specialty_code  enterprise_code     enterprise_name
            R1               B               FAKE00005           甲公司
            R2               B               91990000FAKE00005D  甲公司
            R3               B               -                   甲公司
            """,
    )
    assert {row["enterprise_id"] for row in rows} == {rows[0]["enterprise_id"]}


def test_another_spelling_of_one_code_is_joined() -> None:
    rows = run(
        "core_enterprise__link",
        stg_registration="""
            registration_no  specialty_code  enterprise_code     enterprise_name
            R1               B               91990000FAKE00005D  甲有限公司
            R2               B               -                   甲有限责任公司
            """,
    )
    assert len({row["enterprise_id"] for row in rows}) == 1


def test_a_spelling_of_two_codes_is_joined_to_neither() -> None:
    rows = run(
        "core_enterprise__link",
        stg_registration="""
            registration_no  specialty_code  enterprise_code     enterprise_name
            R1               B               91990000FAKE00005D  甲（北）有限公司
            R2               B               91990000FAKE00072B  甲(北)有限公司
            R3               B               -                   甲（北）有限责任公司
            """,
    )
    assert len({row["enterprise_id"] for row in rows}) == 3


def test_a_name_with_a_code_as_written_keeps_it() -> None:
    rows = run(
        "core_enterprise__link",
        stg_registration="""
            registration_no  specialty_code  enterprise_code     enterprise_name
            R1               B               91990000FAKE00005D  甲有限公司
            R2               B               91990000FAKE00072B  甲有限责任公司
            R3               B               -                   甲有限责任公司
            """,
    )
    found = {row["label"]: row["enterprise_code"] for row in rows}
    assert found["甲有限责任公司"] == "91990000FAKE00072B"


def test_two_spellings_without_a_code_stand_alone() -> None:
    rows = run(
        "core_enterprise__link",
        stg_registration="""
            registration_no  specialty_code  enterprise_code  enterprise_name
            R1               B               -                甲有限公司
            R2               B               -                甲有限责任公司
            """,
    )
    assert len({row["enterprise_id"] for row in rows}) == 2


def test_brackets_of_either_width_are_one_name() -> None:
    rows = run(
        "core_enterprise__link",
        stg_registration="""
            registration_no  specialty_code  enterprise_code     enterprise_name
            R1               B               91990000FAKE00005D  甲（北）公司
            R2               B               -                   甲(北)公司
            """,
    )
    assert len({row["enterprise_id"] for row in rows}) == 1


def enterprises(renamings: list[tuple[str, str]], codes: str = "") -> dict[str, int]:
    """Label -> enterprise, after renamings told without a code."""
    events = "".join(
        f"""
            E{number}  02R  {former}  {later}  2020-01-{number + 1:02}"""
        for number, (former, later) in enumerate(renamings)
    )
    rows = run(
        "core_enterprise__link",
        stg_event=f"""
            event_no  event_type_code  enterprise_name_from  enterprise_name  event_on{events}
            """,
        stg_registration=f"""
            registration_no  specialty_code  enterprise_code  enterprise_name
            R1               B               -                甲公司{codes}
            """,
    )
    return {row["label"]: row["enterprise_id"] for row in rows}


def test_a_renaming_without_a_code_makes_no_second_enterprise() -> None:
    before = enterprises([])["甲公司"]
    after = enterprises([("甲公司", "乙公司"), ("乙公司", "丙公司")])
    assert after == {"甲公司": before, "乙公司": before, "丙公司": before}


def test_an_enterprise_renamed_without_a_code_has_its_newest_name_and_place() -> None:
    rows = run(
        "core_enterprise__entity",
        stg_event="""
            event_type_code  enterprise_name_from  enterprise_name  event_on
            02R              甲公司                乙公司           2020-01-01
            """,
        stg_registration="""
            registration_no  enterprise_name  division_code  received_on
            R1               乙公司           320000         2026-10-01
            """,
    )
    assert table(rows, "enterprise_name", "division_code") == ["乙公司  320000"]


def test_a_former_name_goes_by_the_code_of_the_present_one() -> None:
    found = enterprises(
        [("甲公司", "乙公司")],
        """
            R2               B               91990000FAKE00005D  乙公司""",
    )
    assert found["甲公司"] == found["乙公司"] == found["91990000FAKE00005D"]


def test_who_takes_a_former_name_later_is_another_enterprise() -> None:
    rows = run(
        "core_enterprise__link",
        stg_event="""
            event_type_code  enterprise_name_from  enterprise_name  event_on
            02R              甲公司                乙公司           2020-01-01
            """,
        stg_enterprise="""
            enterprise_code     enterprise_name
            91990000FAKE00005D  甲公司
            """,
    )
    found = {str(row["label"]): int(str(row["enterprise_id"])) for row in rows}
    assert found["甲公司"] == found["91990000FAKE00005D"] != found["乙公司"]


def test_a_former_name_of_two_enterprises_joins_neither() -> None:
    found = enterprises([("甲公司", "乙公司"), ("甲公司", "丙公司")])
    assert len(set(found.values())) == 3


def test_names_changed_in_a_circle_stand_alone() -> None:
    found = enterprises([("甲公司", "乙公司"), ("乙公司", "甲公司")])
    assert len(set(found.values())) == 2


def test_a_chain_of_names_with_two_codes_is_not_put_together() -> None:
    found = enterprises(
        [("甲公司", "乙公司")],
        """
            R2               B               91990000FAKE00005D  甲公司
            R3               B               91990000FAKE00072B  乙公司""",
    )
    assert found["甲公司"] != found["乙公司"]


def test_certificates_of_a_linked_person_count_as_one_whatever_their_ids() -> None:
    columns = "person_name  person_name_en  id_number  sex_code  birth_date  id_type_code  education_code"
    tables = {
        "core_roster__history": f"""
            certificate_id  precedence  {columns}
            1               1           甲一  -  -  -  -  -  -
            2               2           甲一  -  A  1  -  -  -
            """,
        "link_person": """
            certificate_id  person_id
            1               7
            2               7
            """,
    }
    rows = run("core_person__entity", **tables)
    assert table(rows, "person_id", "person_name", "id_number", "sex_code") == ["7  甲一  A  1"]
