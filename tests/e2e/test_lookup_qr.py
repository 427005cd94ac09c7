"""A QR code from `jzs qr`, answered by /verify."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboards.lookup.settings import HERE
from etl.cli import main
from etl.errors import BadInput
from etl.keys import qr_key
from etl.qr import qr_code
from etl.settings import Store
from etl.signing import checked_at, payload
from etl.withdrawals import TAKEN, Withdrawal, decide
from tests.fixtures.lookup import CANCELLED, HISTORIC, NUMBER, VALID


def check(client: httpx.Client, line: str) -> dict[str, Any]:
    answer = client.post("/verify", data={"pairs": line}, headers={"Accept": "application/json"}).json()
    (verdict,) = answer["verdicts"]
    return dict(verdict)


def test_a_valid_certificate_is_told_with_the_name_of_its_holder(client: httpx.Client, store: Store) -> None:
    verdict = check(client, payload(VALID, qr_key(store)))
    assert (verdict["outcome"], verdict["name"], verdict["public_id"]) == ("agrees", "曾国合", VALID)
    assert verdict["certificate"]["registrations"][0]["today"]["code"] == "valid.until"


def test_a_code_that_is_scanned_opens_its_answer(client: httpx.Client, store: Store) -> None:
    address = checked_at(str(client.base_url), payload(VALID, qr_key(store)))
    answer = client.get(address)
    assert answer.status_code == 200
    assert "曾国合" in answer.text and f'href="/p/{VALID}"' in answer.text
    assert (
        client.get(address, headers={"Accept": "application/json"}).json()["verdicts"][0]["outcome"]
        == "agrees"
    )


def test_a_code_is_scanned_for_a_past_day(client: httpx.Client, store: Store) -> None:
    address = checked_at(str(client.base_url), payload(VALID, qr_key(store)))
    answer = client.get(f"{address}&on=2020-07-01", headers={"Accept": "application/json"}).json()
    assert answer["verdicts"][0]["certificate"]["registrations"][0]["on"]["code"] == "on.valid"


def test_the_address_of_a_code_is_read_in_a_list(client: httpx.Client, store: Store) -> None:
    address = checked_at("https://lookup.example.org/", payload(VALID, qr_key(store)))
    assert check(client, address)["outcome"] == "agrees"
    assert check(client, f"李合成 {address}")["outcome"] == "mismatch"


def test_names_and_numbers_in_an_address_are_not_answered(client: httpx.Client) -> None:
    for address in (f"/verify?code={NUMBER}", f"/verify?pairs=曾国合,{NUMBER}"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "曾国合" not in answer.text


def test_a_historic_certificate_is_told_as_such(client: httpx.Client, store: Store) -> None:
    verdict = check(client, payload(HISTORIC, qr_key(store)))
    assert verdict["certificate"]["registrations"][0]["today"]["code"] == "historic.since"


def test_a_certificate_that_is_gone_is_not_found(client: httpx.Client, store: Store) -> None:
    assert check(client, payload("gone1", qr_key(store)))["outcome"] == "not_found"


@pytest.mark.parametrize(("name", "outcome"), [("曾国合", "agrees"), ("李合成", "mismatch")])
def test_a_name_beside_the_code_has_to_agree(
    client: httpx.Client, store: Store, name: str, outcome: str
) -> None:
    assert check(client, f"{name},{payload(VALID, qr_key(store))}")["outcome"] == outcome


def test_a_code_of_another_key_or_for_another_certificate_is_forged(
    client: httpx.Client, store: Store
) -> None:
    own = payload(VALID, qr_key(store))
    for forged in (payload(VALID, b"x" * 32), own.replace(VALID, HISTORIC), own[:-1] + "gz"[own[-1] == "g"]):
        verdict = check(client, forged)
        assert verdict["outcome"] in {"forged", "unread", "not_found"}
        assert verdict["certificate"] is None
    assert check(client, payload(VALID, b"x" * 32))["outcome"] == "forged"


@pytest.mark.parametrize(("lang", "says"), [("zh", "抄错或伪造"), ("en", "mistyped or forged")])
def test_the_page_says_that_a_code_is_forged(client: httpx.Client, lang: str, says: str) -> None:
    sent = {"pairs": payload(VALID, b"x" * 32)}
    assert says in client.post("/verify", params={"lang": lang}, data=sent).text


def test_the_shape_of_a_forged_answer_is_published() -> None:
    schema = json.loads((HERE / "static" / "lookup-v1.json").read_text(encoding="utf-8"))
    assert "forged" in schema["$defs"]["verdict"]["properties"]["outcome"]["enum"]


@pytest.mark.parametrize("asked", [VALID, NUMBER, "京２１１ 0000000000001"])
def test_the_command_prints_one_svg_for_identifier_and_number(
    store: Store, capsys: pytest.CaptureFixture[str], asked: str
) -> None:
    assert main(["qr", asked, "--store", str(store.root)]) == 0
    printed = capsys.readouterr().out
    assert "<svg" in printed
    assert printed == qr_code(store, VALID)


def test_a_payload_holds_the_public_identifier_and_nothing_of_the_person(store: Store) -> None:
    assert payload(VALID, qr_key(store)).split("-")[:2] == ["JZS1", VALID]


def test_the_key_is_readable_by_its_owner_only_and_stays(store: Store) -> None:
    assert qr_key(store) == qr_key(store)
    assert store.qr_key.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("asked", ["nobody", "京2999", "' OR 1=1 --"])
def test_an_unknown_certificate_is_bad_input(store: Store, asked: str) -> None:
    with pytest.raises(BadInput):
        qr_code(store, asked)


def test_a_store_without_release_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        qr_code(Store(tmp_path), VALID)


def test_no_code_is_made_of_who_was_taken_down(store: Store) -> None:
    decide(store, Withdrawal(TAKEN, CANCELLED, "error", "x", "x", "2026-11-01T00:00:00+08:00"))
    with pytest.raises(BadInput):
        qr_code(store, CANCELLED)
