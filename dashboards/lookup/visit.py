"""One request: who asks in which language, of which release, and how an answer is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

from datasette.utils.asgi import Request, Response
from datasette.utils.sqlite import sqlite3
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from dashboards.lookup.door import PROBLEM
from dashboards.lookup.normalise import has_han
from dashboards.lookup.queries import Query
from dashboards.lookup.release import Opened, Release, T
from dashboards.lookup.settings import HERE, Settings
from dashboards.lookup.static_files import style_version
from etl.addresses import front_page

LANGUAGES = ("zh", "en")
LOCALES = {"zh": "zh-CN", "en": "en"}
_MOST_FIELDS = 20

# Our own, and synchronous: Datasette's environment awaits every name in a template.
_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["style_version"] = style_version()


@dataclass(eq=False)
class Problem(Exception):
    """An answer that is not what was asked for: an HTTP status, with headers of its own."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """A request in the light of the release that was current when it came."""

    request: Request
    opened: Opened
    settings: Settings
    today: date
    json: bool

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

    async def ask(self, query: Query[T]) -> T:
        try:
            return await self.opened.ask(query, self.settings.query_milliseconds)
        except sqlite3.OperationalError as error:
            if error.args != ("interrupted",):
                raise
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "5"}) from error

    async def form(self) -> dict[str, str]:
        """The fields of a posted form or JSON object.

        Raises:
            Problem: 400 when it is neither, or not UTF-8.
        """
        body = await self.request.post_body()
        try:
            text = body.decode("utf-8")
            if self.request.headers.get("content-type", "").startswith("application/json"):
                fields = json.loads(text)
                if not all(isinstance(value, str) for value in fields.values()):
                    raise ValueError
                # A lone surrogate is not text.
                text = "".join(fields.values())
                text.encode("utf-8")
                return dict(fields)
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except (ValueError, AttributeError, RecursionError) as error:
            raise Problem(HTTPStatus.BAD_REQUEST) from error

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page from a template; see `_words` for what templates may call."""
        words = self._words()
        html = _TEMPLATES.get_template(template).render(words | context)
        return reply(
            html.encode("utf-8"), "text/html; charset=utf-8", status, {"content-language": words["locale"]}
        )

    def data(self, content: Mapping[str, Any], status: int = 200) -> Response:
        """A JSON answer, headed by the release it is from."""
        about = self.release.about
        head = {key: about[key] for key in ("version", "as_of")} | {"synthetic": bool(about["synthetic"])}
        body = json.dumps({"release": head, **content}, ensure_ascii=False, indent=1)
        return reply(body.encode("utf-8"), "application/json; charset=utf-8", status)

    def tell(self, problem: Problem) -> Response:
        """The answer to a request that cannot be served, as a page or as JSON."""
        if self.json:
            key = f"problem.{problem.status}"
            words = {lang: self.release.text(f"{key}.title", lang) for lang in LANGUAGES}
            response = self.data({"error": {"status": problem.status, **words}}, problem.status)
        else:
            response = self.page(
                "problem.html",
                problem.status,
                problem=int(problem.status),
                seconds=problem.headers.get("retry-after"),
            )
        response.headers.update(problem.headers)
        return response

    def text(self, key: str, **values: Any) -> str:
        """A text of ours with values filled in; marked-up values stay so, all others are escaped beside them."""
        text = self.release.text(key, self.lang)
        return (Markup(text) if any(isinstance(v, Markup) for v in values.values()) else text).format(
            **values
        )

    def month(self, iso: str | None) -> str:
        """A month (`2027-03`, or the month of a date) in words; empty when there is none."""
        return self._date("format.month", f"{iso[:7]}-01") if iso else ""

    def day(self, iso: str | None) -> str:
        return self._date("format.day", iso) if iso else ""

    def url(self, path: str, lang: str | None = None, **query: str) -> str:
        """An address of ours that keeps the language."""
        chosen = {"lang": lang or self.lang} if (lang or self.lang) != LANGUAGES[0] else {}
        asked = urlencode(chosen | query)
        return f"{path}?{asked}" if asked else path

    @property
    def home(self) -> str:
        """The page that links all products, empty where there is none."""
        host = self.request.headers.get("host", "")
        return front_page(self.settings.front, host, self.lang) if self.settings.front else ""

    def own(self, stored: str | None) -> Markup | str:
        """A stored text, marked as Chinese where a page in another language shows one."""
        if not stored or self.lang == LANGUAGES[0] or not has_han(stored):
            return stored or ""
        return Markup('<span lang="{}">{}</span>').format(LANGUAGES[0], stored)

    def _date(self, key: str, iso: str) -> str:
        moment = date.fromisoformat(iso[:10])
        name = self.text("months").split()[moment.month - 1]
        return self.text(key, year=moment.year, month=moment.month, day=moment.day, name=name)

    def _words(self) -> dict[str, Any]:
        other = next(lang for lang in LANGUAGES if lang != self.lang)
        path = self.request.path
        return {
            "t": self.text,
            "own": self.own,
            "label": lambda column, code: (self.release.words(column, code) or {}).get(self.lang, ""),
            "month": self.month,
            "day": self.day,
            "url": self.url,
            "home": self.home,
            "about": {key.removesuffix(f"_{self.lang}"): value for key, value in self.release.about.items()},
            "facts": self.release.facts,
            "divisions": self.release.divisions,
            "sentence": lambda code: self.release.texts.get(f"lookup.status.{code}", {}).get(self.lang, ""),
            "has": self.release.columns,
            "lang": self.lang,
            "locale": LOCALES[self.lang],
            "other": {"lang": other, "locale": LOCALES[other], "url": self.url(path, lang=other)},
            "tone": lambda code: self.settings.tones.get(code, "neutral"),
        }


def reply(body: bytes, kind: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response whose length is known."""
    told = {"content-length": str(len(body)), **(headers or {})}
    return Response(body, status=status, headers=told, content_type=kind)


def padded(response: Response, size: int) -> Response:
    """The response with spaces at the end, up to the next multiple of `size` bytes."""
    response.body += b" " * (-len(response.body) % size)
    response.headers["content-length"] = str(len(response.body))
    return response
