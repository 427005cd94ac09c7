"""Who was taken down is in nothing that the lookup is given: neither as manager of a project nor in a move."""

import pytest

from tests.sql.spec import run

TWO = """
    registration_no  id_number  person_name  category_code  first_registered_on  enterprise_name
    R1               p1         甲           1              2018-05-01           A公司
    R2               p2         乙           1              2020-01-01           A公司
    """
BINDING = """
    project_no  stage_code  registration_no  bound_on
    P1          tender      R1               2026-01-05
    P1          permit      R2               2026-03-05
    """
MOVES = """
    event_no  registration_no  event_type_code  specialty_code  event_on    enterprise_name_from  enterprise_name
    1         R1               02T              B               2021-03-01  B公司                 A公司
    2         R2               02T              B               2022-03-01  B公司                 A公司
    """


@pytest.mark.parametrize(
    ("model", "told"), [("served_post", {"stg_binding": BINDING}), ("served_move", {"stg_event": MOVES})]
)
def test_who_was_taken_down_is_told_nowhere_beside_the_others(model: str, told: dict[str, str]) -> None:
    everybody = {r["public_id"] for r in run(model, stg_registration=TWO, **told)}
    down = min(map(str, everybody))
    left = run(model, stg_registration=TWO, param_withdrawal=f"public_id\n{down}", **told)
    assert len(everybody) == 2
    assert {r["public_id"] for r in left} == everybody - {down}
