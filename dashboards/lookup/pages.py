"""The pages of a release in one language.

Whatever does not depend on a visit is a filter or a constant of the templates: Jinja writes a text whose key stands in
a template once, when it compiles the template, and not again for every visitor.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from dashboards.lookup.finding.validity import is_over
from dashboards.lookup.release import Release
from dashboards.lookup.settings import HERE
from dashboards.lookup.static_files import static_url
from dashboards.lookup.telling import LANGUAGES, Telling

LOCALES = {"zh": "zh-CN", "en": "en"}


class Pages:
    """Writes pages of `release` in `lang`; `tones`: code of a status -> tone."""

    def __init__(self, release: Release, lang: str, tones: Mapping[str, str]) -> None:
        self.telling = Telling(release, lang)
        # Our own, and synchronous: Datasette's environment awaits every name in a template.
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= _filters(self.telling, tones)
        self._templates.globals |= _constants(self.telling)

    def write(self, template: str, **context: Any) -> str:
        """A page from a template."""
        return self._templates.get_template(template).render(context)


def address(path: str, lang: str, **query: str) -> str:
    """An address of ours that keeps the language."""
    asked = urlencode(({"lang": lang} if lang != LANGUAGES[0] else {}) | query)
    return f"{path}?{asked}" if asked else path


def _filters(telling: Telling, tones: Mapping[str, str]) -> dict[str, Any]:
    sentences = {
        key: words[telling.lang]
        for key, words in telling.release.texts.items()
        if key.startswith("lookup.status.")
    }
    return {
        "chosen": _chosen,
        "t": telling.text,
        "own": telling.own,
        "label": lambda code, column: telling.label(column, code),
        "month": telling.month,
        "day": telling.day,
        "means": telling.standing,
        "source": telling.source,
        "tone": lambda code: tones.get(code, "neutral"),
        "is_over": is_over,
        "sentence": lambda code: sentences.get(f"lookup.status.{code}", ""),
        "url": lambda path, lang=telling.lang: address(path, lang),
        "static_url": static_url,
    }


def _constants(telling: Telling) -> dict[str, Any]:
    release, lang = telling.release, telling.lang
    other = next(each for each in LANGUAGES if each != lang)

    def options(column: str, codes: Sequence[str]) -> Markup:
        option = Markup('<option value="{}">{}</option>\n')
        return Markup("").join(option.format(code, telling.label(column, code)) for code in codes)

    return {
        "about": {key.removesuffix(f"_{lang}"): value for key, value in release.about.items()},
        "facts": release.facts,
        "divisions": options("division_code", release.divisions),
        "specialties": options("specialty_code", release.specialties),
        "has": release.columns,
        "lists": release.lists,
        "lang": lang,
        "locale": LOCALES[lang],
        "other": {"lang": other, "locale": LOCALES[other]},
    }


def _chosen(options: Markup, code: str) -> Markup:
    """Options of a list, one of them chosen where there is a code."""
    if not code:
        return options
    value = Markup('value="{}"').format(code)
    return options.replace(value, value + Markup(" selected"))
