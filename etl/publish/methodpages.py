"""The catalogue's pages on methods: `docs/methods` as HTML, for those who read a release and not its code."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from etl.settings import PROJECT

_DOCUMENTS = PROJECT / "docs" / "methods"
# In the order in which a reader goes from plain words to what was measured.
METHODS = ("for-citizens", "protected-tables", "microdata", "attacks")
_LANGUAGES = {"zh": "中文", "en": "English"}


def page_name(method: str) -> str:
    """The name of a method's page, without suffix."""
    return f"method-{method}"


def method_title(method: str, language: str) -> str:
    """The heading of a document in one language."""
    heading = _read(method).partition("\n")[0].removeprefix("# ")
    return heading.split(" | ")[list(_LANGUAGES).index(language)]


def method_page(method: str, language: str) -> Mapping[str, Any]:
    """What the template `method.html` shows: title, and the document as HTML without what is in the other language.

    Only sections headed by the name of a language are left out; elsewhere a document tells everything in both.
    """
    _, _, body = _read(method).partition("\n")
    sections = re.split(r"(?m)^(?=## )", body)
    others = tuple(f"## {name}\n" for code, name in _LANGUAGES.items() if code != language)
    text = "".join(section for section in sections if not section.startswith(others))
    return {
        "title": method_title(method, language),
        "content": _html(text.replace(f"## {_LANGUAGES[language]}\n", ""), language),
    }


def _read(method: str) -> str:
    return (_DOCUMENTS / f"{method}.md").read_text("utf-8")


def _html(text: str, language: str) -> str:
    """HTML of Markdown; tables may scroll."""
    markdown = MarkdownIt("commonmark", {"breaks": True, "html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in tokens:
        token.children = list(_linked(token.children or [], language))
    html: str = markdown.renderer.render(tokens, markdown.options, {})
    opened = html.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    return opened.replace("</table>", "</table></div>")


def _linked(tokens: Sequence[Token], language: str) -> Iterator[Token]:
    """Links between documents lead to their pages and say their titles; others into the repository become text."""
    document, is_kept = "", True
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrs["href"])
            document = target.removesuffix(".md")
            is_kept = target.startswith("https://") or document in METHODS
            if document in METHODS:
                token.attrs["href"] = f"{page_name(document)}.html"
        elif token.type == "text" and token.content == f"{document}.md" and document in METHODS:
            token.content = method_title(document, language)
        if is_kept or token.type not in ("link_open", "link_close"):
            yield token
