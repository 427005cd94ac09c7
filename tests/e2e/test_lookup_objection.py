"""The form names the field at fault; a receipt tells what comes next for who objects."""

import re

import httpx
import pytest

from tests.e2e.test_lookup_corrections import ASKED, FORM

PHONE = "电话13800000000"


@pytest.mark.parametrize("field", ["says", "evidence"])
def test_the_field_that_holds_a_contact_is_the_one_at_fault(client: httpx.Client, field: str) -> None:
    page = client.post(FORM, data=ASKED | {field: PHONE}).text
    assert re.findall(r'<textarea id="(\w+)"[^>]*aria-invalid', page) == [field]


def test_a_contact_in_the_evidence_is_told_as_such(client: httpx.Client) -> None:
    answer = client.post(FORM, data=ASKED | {"evidence": PHONE})
    assert answer.status_code == 422
    assert "“有什么可以证明”中像有" in answer.text


def test_a_waiting_receipt_tells_that_an_objection_is_not_forwarded(client: httpx.Client) -> None:
    answer = client.post(FORM, data=ASKED | {"ground": "objection"}, follow_redirects=True)
    assert "本人不同意公开的，接受后撤下，不转登记机关" in answer.text
