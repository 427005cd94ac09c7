"""One request: who asks in which language, of which release, and how an answer is written."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from datasette.utils.asgi import Request, Response
from datasette.utils.sqlite import sqlite3

from dashboards.lookup.correcting.desk import Desk
from dashboards.lookup.finding.queries import Query
from dashboards.lookup.guard.admission import Asking, Due
from dashboards.lookup.guard.door import MULTIPART, PROBLEM
from dashboards.lookup.guard.multipart import parts_of
from dashboards.lookup.opening import Opened, T
from dashboards.lookup.pages import LOCALES, Pages, address
from dashboards.lookup.release import Release
from dashboards.lookup.settings import Settings
from dashboards.lookup.telling import LANGUAGES, Telling
from etl.addresses import front_page
from etl.clean.base import Cleaned, Context
from etl.clean.dates import clean_date

_MOST_FIELDS = 20
# What a browser says of a form that stood on the page of another site.
_FOREIGN = ("cross-site", "same-site")
# How a day may be read: as it stands, or written in another shape; never from a month, a range or a count of days.
_PLAINLY, _OF_A_DAY = Context(), ("", "date_shape")
# What is longer is no day, and is not looked at: what was read is remembered.
_LONGEST_DAY = 32


@dataclass(eq=False)
class Problem(Exception):
    """An answer that is not what was asked for: an HTTP status, with headers of its own.

    `template` is its page, with `context`; `details` are told in JSON.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str = "problem.html"
    context: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """A request in the light of the release that was current when it came.

    `pay` takes tokens of the quotas beside that of the request, or raises a `Problem` 429; `mark` proves for a day
    that a list was paid for; `admit` counts persons (see `admission.py`), `holds` knows a genuine challenge; `qr_key`
    reads the key of QR codes; `desk` takes requests for correction.
    """

    request: Request
    opened: Opened
    settings: Settings
    today: date
    json: bool
    pay: Callable[[int], Awaitable[None]]
    mark: Callable[[str], str]
    admit: Callable[[Asking], Awaitable[Due | None]]
    holds: Callable[[Asking], bool]
    qr_key: Callable[[], bytes]
    desk: Desk

    @property
    def release(self) -> Release:
        return self.opened.release

    @cached_property
    def lang(self) -> str:
        asked = parse_qs(self.request.query_string).get("lang", LANGUAGES)[0]
        return asked if asked in LANGUAGES else LANGUAGES[0]

    @property
    def problem(self) -> int:
        """What the door found wrong with the request, as an HTTP status; 0 = nothing."""
        return int(self.request.scope[PROBLEM])

    @property
    def is_foreign(self) -> bool:
        """Whether the browser says that what it sends stood on the page of another site."""
        return self.request.headers.get("sec-fetch-site") in _FOREIGN

    async def ask(self, query: Query[T]) -> T:
        try:
            return await self.opened.ask(query, self.settings.query_milliseconds)
        except sqlite3.OperationalError as error:
            if error.args != ("interrupted",):
                raise
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "5"}) from error

    async def form(self) -> dict[str, str]:
        """The fields of a posted form or JSON object; raises `Problem` like `form_with_file`."""
        return (await self.form_with_file())[0]

    async def form_with_file(self) -> tuple[dict[str, str], bytes]:
        """The fields of a posted form or JSON object, and the file sent with them, empty without one.

        Raises:
            Problem: 400 when it is none of these, or not UTF-8.
        """
        body, kind = await self.request.post_body(), self.request.headers.get("content-type", "")
        try:
            if kind.startswith(MULTIPART):
                return parts_of(kind, body, _MOST_FIELDS)
            text = body.decode("utf-8")
            if kind.startswith("application/json"):
                fields = json.loads(text)
                if not all(isinstance(value, str) for value in fields.values()):
                    raise ValueError
                # A lone surrogate is not text.
                text = "".join((*fields, *fields.values()))
                text.encode("utf-8")
                return dict(fields), b""
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)), b""
        except (ValueError, AttributeError, RecursionError) as error:
            raise Problem(HTTPStatus.BAD_REQUEST) from error

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page from a template; see `pages.py` for what every template knows."""
        visit = {"today": self.today.isoformat(), "path": self.request.path, "home": self.home}
        html = self._pages.write(template, **visit | context)
        headers = {"content-language": LOCALES[self.lang], "vary": "accept"}
        return reply(html.encode("utf-8"), "text/html; charset=utf-8", status, headers)

    def data(self, content: Mapping[str, Any], status: int = 200) -> Response:
        """A JSON answer, headed by the release it is from."""
        about = self.release.about
        head = {key: about[key] for key in ("version", "as_of")} | {"synthetic": bool(about["synthetic"])}
        body = json.dumps({"release": head, **content}, ensure_ascii=False)
        return reply(body.encode("utf-8"), "application/json; charset=utf-8", status)

    def tell(self, problem: Problem) -> Response:
        """The answer to a request that cannot be served, as a page or as JSON."""
        if self.json:
            key = f"problem.{problem.status}"
            words = {lang: self.release.text(f"{key}.title", lang) for lang in LANGUAGES}
            error = {"status": problem.status, **words, **problem.details}
            response = self.data({"error": error}, problem.status)
        else:
            response = self.page(
                problem.template,
                problem.status,
                problem=int(problem.status),
                seconds=problem.headers.get("retry-after"),
                **problem.context,
            )
        response.headers.update(problem.headers)
        return response

    def url(self, path: str, **query: str) -> str:
        """An address of ours that keeps the language."""
        return address(path, self.lang, **query)

    @property
    def home(self) -> str:
        """The page that links all products, empty where there is none."""
        host = self.request.headers.get("host", "")
        return front_page(self.settings.front, host, self.lang) if self.settings.front else ""

    @property
    def telling(self) -> Telling:
        return self._pages.telling

    @property
    def _pages(self) -> Pages:
        return self.opened.pages[self.lang]

    @property
    def asked(self) -> date | None:
        """The past day that is asked about, as `on=2026-05-20`; None without one.

        Raises:
            Problem: 400 when it is no day, or one to come.
        """
        return self.past(self.query("on").get("on", ""))

    def query(self, *names: str) -> dict[str, str]:
        """Those of the parameters in the address that were given."""
        given = parse_qs(self.request.query_string)
        return {name: given[name][0] for name in names if name in given}

    def past(self, text: str) -> date | None:
        """A whole day as people write one, none when empty; raises `Problem` 400 like `asked`."""
        if not text:
            return None
        read = clean_date(text, _PLAINLY) if len(text) <= _LONGEST_DAY else None
        if not isinstance(read, Cleaned) or read.value is None or read.rule not in _OF_A_DAY:
            raise Problem(HTTPStatus.BAD_REQUEST)
        day = date.fromisoformat(read.value)
        if day > self.today:
            raise Problem(HTTPStatus.BAD_REQUEST)
        return day


def reply(body: bytes, kind: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response whose length is known."""
    told = {"content-length": str(len(body)), **(headers or {})}
    return Response(body, status=status, headers=told, content_type=kind)


def padded(response: Response, size: int) -> Response:
    """The response with spaces at the end, up to the next multiple of `size` bytes."""
    response.body += b" " * (-len(response.body) % size)
    response.headers["content-length"] = str(len(response.body))
    return response
