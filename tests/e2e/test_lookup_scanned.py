"""The text of a QR code in the home box, without a name, and on a narrow screen; what the image is entitled."""

import httpx
from playwright.sync_api import Browser

from etl.keys import qr_key
from etl.qr import qr_code
from etl.settings import Store
from etl.signing import checked_at, payload
from tests.fixtures.lookup import VALID, ask


def test_a_code_in_the_home_box_leads_to_its_answer(client: httpx.Client, store: Store) -> None:
    signed = payload(VALID, qr_key(store))
    for typed in (signed, f" {checked_at('https://lookup.example.org', signed)}"):
        answer = ask(client, q=typed)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/verify?code={signed}")


def test_a_code_without_a_name_is_genuine_and_no_name_agrees(client: httpx.Client, store: Store) -> None:
    signed = payload(VALID, qr_key(store))
    alone, named = (
        client.post("/verify", data={"pairs": line}).text for line in (signed, f"曾国合,{signed}")
    )
    assert "二维码真实" in alone and "姓名与编号相符" not in alone
    assert "姓名与编号相符" in named


def test_a_code_wraps_on_a_narrow_screen(address: str, store: Store, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(checked_at(address, payload(VALID, qr_key(store))))
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.close()


def test_the_image_names_the_register_and_the_address(store: Store) -> None:
    drawn = qr_code(store, VALID, "https://lookup.example.org")
    assert "<title>建造师开放数据 | Jianzaoshi Open Data</title>" in drawn
    assert "<desc>https://lookup.example.org/verify?code=JZS1-" in drawn
