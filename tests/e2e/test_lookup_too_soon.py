"""A form that comes too soon: what was filled in stays on the page of the refusal, and can be sent again."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from dashboards.lookup.settings import load_settings
from etl.settings import Store
from tests.fixtures.lookup import NUMBER, VALID, publish, register
from tests.fixtures.lookup_server import serving

SAYS = '五月起在"合成乙"公司 <b>&'
FORM = f"/correct/p/{VALID}"
ASKED = {"group": "employer", "ground": "outdated", "says": SAYS, "evidence": "批准文件"}
PAIRS = f"曾国合 {NUMBER}\n某人 1"
Send = Callable[..., httpx.Response]


@contextmanager
def spent(store: Store) -> Iterator[Send]:
    """A way to send to a lookup whose quota is used up."""
    settings = load_settings()
    quota = replace(settings.quotas[0], burst=1, per_minute=1)
    with serving(store, replace(settings, quotas=(quota,))) as address:
        httpx.get(f"{address}/about")
        yield lambda path, **more: httpx.post(f"{address}{path}", **more)


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Send]:
    with spent(publish(tmp_path, "2026.10.0", register())) as way:
        yield way


def again(page: httpx.Response) -> dict[str, str]:
    """The fields that the page of the refusal would send."""
    assert page.status_code == 429
    found = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def test_a_correction_that_comes_too_soon_can_be_sent_again_as_it_was(send: Send) -> None:
    page = send(FORM, data=ASKED)
    assert again(page) == ASKED
    assert f'<form method="post" action="{FORM}">' in page.text


def test_so_can_a_list(send: Send) -> None:
    fields = {"pairs": PAIRS, "on": ""}
    parts = {name: (None, value) for name, value in fields.items()}
    assert again(send("/verify", files=parts)) == fields


def test_a_list_too_long_for_the_rest_of_the_quota_stays_too(tmp_path: Path) -> None:
    settings = load_settings()
    quota = replace(settings.quotas[0], burst=2, per_minute=1)
    store = publish(tmp_path, "2026.10.0", register())
    with serving(store, replace(settings, quotas=(quota,))) as address:
        page = httpx.post(f"{address}/verify", data={"pairs": f"{PAIRS}\n他人 2"})
    assert again(page) == {"pairs": f"{PAIRS}\n他人 2"}


def test_the_language_stays_with_it(send: Send) -> None:
    page = send(f"{FORM}?lang=en", data=ASKED)
    assert f'action="{FORM}?lang=en"' in page.text
    assert "Send again" in page.text


NOT_KEPT: dict[str, dict[str, object]] = {
    "from another site": {"data": ASKED, "headers": {"Sec-Fetch-Site": "cross-site"}},
    "too long for a page": {"data": ASKED | {"says": '"' * 3000}},
    "no form": {"content": b"\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
}


@pytest.mark.parametrize("sent", NOT_KEPT.values(), ids=NOT_KEPT.keys())
def test_what_cannot_come_again_as_it_was_is_not_kept(send: Send, sent: dict[str, object]) -> None:
    page = send(FORM, **sent)
    # The next Datasette refuses a form of another site by itself.
    assert page.status_code in (403, 429)
    assert 'type="hidden"' not in page.text
    assert 'method="post"' not in page.text


def test_a_list_in_a_file_is_not_sent_again_without_it(send: Send) -> None:
    assert again(send("/verify", data={"pairs": ""}, files={"file": ("a.csv", b"x")})) == {}


def test_an_address_that_takes_no_form_keeps_none(send: Send) -> None:
    assert again(send("/about", data=ASKED)) == {}


def test_a_page_that_keeps_as_much_as_it_may_is_small(send: Send) -> None:
    page = send(FORM, data=ASKED | {"says": "x" * 12_000})
    assert len(again(page)["says"]) == 12_000
    assert len(page.content) < 20_000
