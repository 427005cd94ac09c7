"""The answers of a server as parts to scan: every address that its pages link to, headers and bodies."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl.privacy.leakscan.parts import Part, parts_of_bytes
from etl.privacy.leakscan.rules import Rules

_SECONDS = 30.0
_LINK = re.compile(rb"""(?:href|src|action)=["']([^"'#]+)|"((?:/|https?:)[^"\s<>]*)\"""")


@dataclass(frozen=True)
class Request:
    """What to ask a server for; with `form`, it is posted."""

    address: str
    form: bytes | None = None


def crawl(first: Sequence[Request], rules: Rules) -> Iterator[tuple[str, list[Part]]]:
    """(address, parts of the answer) of the first requests and of all that their answers link to.

    Links to other servers are not followed. Answers of error are answers. At most `rules.addresses` requests.

    Raises:
        OSError: a server cannot be reached.
    """
    hosts = {urllib.parse.urlsplit(request.address).netloc for request in first}
    waiting, asked = deque(first), set(first)
    for _ in range(rules.addresses):
        if not waiting:
            return
        request = waiting.popleft()
        headers, body = _ask(request)
        name = urllib.parse.urlsplit(request.address)._replace(scheme="", netloc="").geturl() or "/"
        yield name, [Part("headers", headers, "text"), *parts_of_bytes(body, "body", rules)]
        found = {Request(address) for address in _links(request.address, headers + body)} - asked
        following = sorted(
            (each for each in found if urllib.parse.urlsplit(each.address).netloc in hosts),
            key=lambda each: each.address,
        )
        waiting.extend(following)
        asked.update(following)


def _ask(request: Request) -> tuple[bytes, bytes]:
    try:
        asked = urllib.request.Request(request.address, request.form)
        with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:
            return bytes(answer.headers), answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return bytes(answer.headers), answer.read()


def _links(address: str, content: bytes) -> Iterator[str]:
    for found in _LINK.finditer(content):
        link = html.unescape((found[1] or found[2]).decode("utf-8", "replace"))
        try:
            joined = urllib.parse.urlsplit(urllib.parse.urljoin(address, link))
        except ValueError:
            continue
        if joined.scheme in ("http", "https"):
            path = urllib.parse.quote(joined.path, safe="/%:@!$&'()*+,;=~-._")
            yield joined._replace(path=path or "/", fragment="").geturl()
