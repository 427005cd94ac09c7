"""What the lookup is given: one page a person, earlier validity, projects and their managers, head counts."""

import pytest

from tests.sql.spec import RULES, run, table

TWO = """
    registration_no  id_number  person_name  category_code  first_registered_on  enterprise_name
    R1               p1         甲           1              2018-05-01           A公司
    R2               p1         甲           2              2012-03-01           A公司
    R3               p2         乙           1              2020-01-01           B公司
    """


def test_certificates_of_one_person_share_the_identifier_of_the_earliest() -> None:
    rows = {row["registration_no"]: row for row in run("served_certificate", stg_registration=TWO)}
    assert rows["R1"]["holder_public_id"] == rows["R2"]["holder_public_id"] == rows["R2"]["public_id"]
    assert rows["R3"]["holder_public_id"] == rows["R3"]["public_id"]


def test_a_certificate_linked_by_score_has_a_page_of_its_own() -> None:
    entity = run("core_holder__entity", stg_registration=TWO)
    how = {"R1": "probability", "R2": "alone", "R3": "id"}
    links = "certificate_id  person_id  link_how\n" + "\n".join(
        f"{row['certificate_id']}  {1 if row['registration_no'] != 'R3' else 2}  {how[str(row['registration_no'])]}"
        for row in entity
    )
    rows = run("served_certificate", stg_registration=TWO, link_person=links)
    assert len({row["holder_public_id"] for row in rows}) == 3


def test_a_certificate_tells_the_roster_it_comes_from_and_its_day() -> None:
    roster = """
        registration_no  source_name  source_file  received_on
        R1               old          a            2026-01-31
        R1               new          b            2026-02-28
        """
    rows = run("served_certificate", stg_registration=roster)
    assert table(rows, "source_name", "received_on") == ["new  2026-02-28"]


ROSTER = """
    registration_no  specialty_code  birth_date  category_code  valid_to
    R1               B               1980-01-01  1              2027-01-31
    """
EVENTS = """
    event_no  registration_no  event_type_code  specialty_code  event_on    valid_to
    1         R1               01               B               2018-02-01  2021-01-31
    2         R1               03               B               2021-01-10  2024-01-31
    3         R1               03               B               2024-01-10  2027-01-31
    """


def test_earlier_validity_is_told_to_the_month() -> None:
    rows = run("served_earlier", stg_registration=ROSTER, stg_event=EVENTS)
    assert table(rows, "valid_from_month", "valid_to_month", "status_code") == [
        "2018-02-01  2021-01-01  historic",
        "2021-02-01  2024-01-01  historic",
    ]


def test_earlier_validity_is_not_told_where_the_present_one_is_near_the_age_limit() -> None:
    near = ROSTER.replace("1980", "1962")
    limit = RULES + "age_limit  65  -  -  -\n"
    assert run("served_earlier", stg_registration=near, stg_event=EVENTS, rule_registration=limit) == []


def test_the_month_of_a_cancellation_is_told() -> None:
    ended = EVENTS + "    4         R1               07               B               2025-06-20  -\n"
    rows = run("served_registration", stg_registration=ROSTER, stg_event=ended)
    assert table(rows, "ended_month", "status_code") == ["2025-06-01  cancelled"]


def test_every_manager_of_a_stage_is_kept() -> None:
    binding = """
        project_no  stage_code  registration_no  bound_on
        P1          tender      R1               2026-01-05
        P1          permit      R3               2026-03-05
        """
    rows = run("served_post", stg_registration=TWO, stg_binding=binding)
    assert table(rows, "stage_code", "bound_on") == [
        "permit  2026-03-05",
        "tender  2026-01-05",
    ]
    assert len({row["public_id"] for row in rows}) == 2


def test_a_head_count_below_the_least_is_told_nowhere() -> None:
    staff = TWO.replace("first_registered_on", "specialty_code     ").replace("2018-05-01", "B         ")
    staff = staff.replace("2012-03-01", "B         ").replace("2020-01-01", "B         ")
    more = staff + "    R4               p4         丙           1              B                    A公司\n"
    valid = more.replace("enterprise_name", "enterprise_name  valid_to").replace("公司", "公司  2028-01-01")
    heads = run("served_headcount", stg_registration=valid)
    assert table(heads, "category_code", "specialty_code", "persons") == ["1  B  2"]
    enterprises = run("served_enterprise", stg_registration=valid)
    assert table(enterprises, "enterprise_name", "persons") == ["A公司  2", "B公司  -"]


@pytest.mark.parametrize(
    ("model", "told"), [("served_certificate", ["R3"]), ("safe_withdrawal__link", ["R1", "R2"])]
)
def test_a_holder_is_left_out_with_all_certificates(model: str, told: list[str]) -> None:
    numbers = {r["public_id"]: r["registration_no"] for r in run("served_certificate", stg_registration=TWO)}
    down = next(public_id for public_id, number in numbers.items() if number == "R1")
    found = run(model, stg_registration=TWO, param_withdrawal=f"public_id\n{down}")
    assert sorted(str(numbers[row["public_id"]]) for row in found) == told


def test_head_counts_go_on_counting_who_was_left_out() -> None:
    lines = [f"R{n}  p{n}  B  1  2024-01-01  2027-01-01  A公司" for n in (1, 2)]
    valid = (
        "registration_no  id_number  specialty_code  category_code  valid_from  valid_to  enterprise_name\n"
    )
    valid += "\n".join(lines)
    down = f"public_id\n{run('served_certificate', stg_registration=valid)[0]['public_id']}"
    assert len(run("served_certificate", stg_registration=valid, param_withdrawal=down)) == 1
    (enterprise,) = run("served_enterprise", stg_registration=valid, param_withdrawal=down)
    assert enterprise["persons"] == "2"
