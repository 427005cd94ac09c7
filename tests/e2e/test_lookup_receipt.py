"""The way back to a receipt."""

import httpx
import pytest

from etl.requests import new_receipt
from tests.fixtures.lookup import VALID


@pytest.mark.parametrize("path", ["/", "/verify", f"/p/{VALID}"])
def test_every_page_leads_to_the_box_for_receipts(client: httpx.Client, path: str) -> None:
    footer = client.get(path).text.partition("<footer>")[2]
    assert 'href="/corrections"' in footer


def test_an_unknown_receipt_is_told_as_such_beside_the_box(client: httpx.Client) -> None:
    receipt = new_receipt()
    answer = client.get(f"/corrections/{receipt}")
    assert answer.status_code == 404
    assert "没有这个回执号，或已过保留期" in answer.text
    assert f'name="receipt" value="{receipt}"' in answer.text
