"""The catalogue: plain HTML of the open datasets, Chinese first, without scripts; and the front page."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from etl.metadata import Metadata
from etl.publish.datasets import Written
from etl.publish.edition import Edition
from etl.publish.methodpages import METHODS, method_page, page_name
from etl.publish.privacypage import privacy_page
from etl.publish.quality import Rows
from etl.publish.qualitypage import quality_page
from etl.publish.release import sha256

TEMPLATES = Path(__file__).with_name("templates")
# Language -> folder of its pages below `catalogue/`.
FOLDERS = {"zh": "", "en": "en/"}
# Texts of a register that say what a product holds, `front.about.<product>`, in place of the usual words.
_ABOUT = "front.about."


@dataclass(frozen=True)
class Page:
    """One page in one language: where it stands below `open/`, and what its frame needs to know."""

    language: str
    name: str

    @property
    def path(self) -> str:
        return f"catalogue/{FOLDERS[self.language]}{self.name}.html"

    @property
    def root(self) -> str:
        """Relative way from this page to `open/`."""
        return "../" * self.path.count("/")

    @property
    def other(self) -> str:
        """Relative way to the same page in the other language."""
        return f"en/{self.name}.html" if self.language == "zh" else f"../{self.name}.html"


def write_catalogue(
    root: Path,
    written: Sequence[Written],
    quality: Mapping[str, Rows],
    metadata: Metadata,
    edition: Edition,
    *,
    charged: Mapping[str, Any],
) -> None:
    """Writes every page, in both languages, below `root/catalogue`."""
    for language, folder in FOLDERS.items():
        (root / "catalogue" / folder).mkdir(parents=True, exist_ok=True)
        home = Page(language, "index")
        described = [_dataset(item, metadata, edition, home) for item in written]
        sources = [_source(source, language) for source in metadata.sources.values()]
        write_page(root, home, "index", metadata, edition, datasets=described, sources=sources)
        for item, view in zip(written, described, strict=True):
            write_page(root, Page(language, item.dataset.slug), "dataset", metadata, edition, d=view)
        told = {
            "quality": quality_page(quality, metadata, language),
            "privacy": privacy_page(charged, metadata, language),
        }
        for name, values in told.items():
            write_page(root, Page(language, name), name, metadata, edition, **values)
        for method in METHODS if charged["years"] else ():
            page, told_of = Page(language, page_name(method)), method_page(method, language)
            write_page(root, page, "method", metadata, edition, **told_of)
    for name in ("style.css", "icon.svg"):
        shutil.copyfile(TEMPLATES / name, root / "catalogue" / name)


def front_page(frame: Mapping[str, Any], language: str, addresses: Mapping[str, str]) -> str:
    """The page that links the three products. `frame` as written to `manifest.json`; addresses by product."""
    words = _words(language)
    about = frame[language].get("about", {})
    products = [
        {"title": words[name], "about": about.get(name, words[f"{name}_about"]), "href": href}
        for name, href in addresses.items()
    ]
    return _served("front", frame, language, products=products)


def missing_page(frame: Mapping[str, Any], language: str) -> str:
    """What an address that leads nowhere answers. `frame` as written to `manifest.json`."""
    return _served("missing", frame, language)


def _served(template: str, frame: Mapping[str, Any], language: str, **values: Any) -> str:
    """A page that is not a file of the release: made when it is asked for."""
    return (
        _environment()
        .get_template(f"{template}.html")
        .render(
            **frame[language],
            **values,
            w=_words(language),
            language=language,
            page=template,
            root="/",
            folder=FOLDERS[language],
            other="/en/" if language == "zh" else "/",
        )
    )


def frame(metadata: Metadata, edition: Edition, language: str) -> dict[str, Any]:
    """What head and foot of every page say, in one language; plain values, so that it can be kept as JSON."""
    licence = metadata.register["licence"]
    return {
        "edition": {
            "title": getattr(edition, f"title_{language}"),
            "version": edition.version,
            "as_of": edition.as_of.isoformat(),
            "synthetic": edition.synthetic,
            "notice": getattr(edition, f"notice_{language}"),
        },
        "publisher": metadata.register["publisher"][language],
        "licence": {"title": licence[language], "url": licence.get("url")},
        "about": {
            key.removeprefix(_ABOUT): text
            for key, text in metadata.texts[language].items()
            if key.startswith(_ABOUT)
        },
    }


def write_page(
    root: Path, page: Page, template: str, metadata: Metadata, edition: Edition, **values: Any
) -> None:
    """Writes one page below `root` from a template and its values."""
    html = (
        _environment()
        .get_template(f"{template}.html")
        .render(
            **frame(metadata, edition, page.language),
            **values,
            w=_words(page.language),
            language=page.language,
            page=page.name,
            root=page.root,
            folder=FOLDERS[page.language],
            other=page.other,
        )
    )
    (root / page.path).write_text(html + "\n", encoding="utf-8")


def _dataset(written: Written, metadata: Metadata, edition: Edition, page: Page) -> dict[str, Any]:
    language, dataset = page.language, written.dataset
    base = f"{page.root}datasets/{dataset.slug}/"
    title = getattr(edition, f"title_{language}")
    first = [written.csv, written.parquet, written.folder / "datapackage.json", written.folder / "README.md"]
    files = [
        _file(path, base, written.folder) for path in (*first, *written.documents, *written.codes.values())
    ]
    return {
        "slug": dataset.slug,
        "title": dataset.title[language],
        "description": dataset.description[language],
        "warnings": [warning[language] for warning in dataset.warnings],
        "version": dataset.version,
        "cadence": dataset.cadence,
        "rows": f"{written.rows:,}",
        "grain": written.grain,
        "files": files,
        "tables": [f for f in files if f["name"] in {written.csv.name, written.parquet.name}],
        "columns": [_column(name, metadata, language, base, written) for name in written.columns],
        "citation": _citation(metadata.register["publisher"][language], title, dataset, edition, language),
    }


def _citation(publisher: str, title: str, dataset: Any, edition: Edition, language: str) -> str:
    if language == "zh":
        name = f"{title}：{dataset.title['zh']}"
        return f"{publisher}. {name}[DS]. 版本 {edition.version}，数据截止 {edition.as_of}."
    name = f"{title}: {dataset.title['en']}"
    return f"{publisher}. {name} [data set]. Version {edition.version}, as of {edition.as_of}."


def _file(path: Path, base: str, folder: Path) -> dict[str, str]:
    name = path.relative_to(folder).as_posix()
    kind = {"csv": "CSV", "parquet": "Parquet", "json": "JSON", "md": "Markdown"}[path.suffix[1:]]
    return {
        "name": name,
        "href": base + name,
        "format": kind,
        "size": _size(path.stat().st_size),
        "sha256": sha256(path),
    }


def _column(name: str, metadata: Metadata, language: str, base: str, written: Written) -> dict[str, Any]:
    field = metadata.fields[name]
    zh, _, en = (field.unit or "").partition(" | ")
    return {
        "column": name,
        "name": getattr(field, language),
        "type": field.type,
        "unit": zh if language == "zh" else en or zh,
        "meaning": getattr(field, f"description_{language}"),
        "codes": f"{base}codes/{field.codes}.csv" if field.codes in written.codes else None,
    }


def _source(source: Any, language: str) -> dict[str, Any]:
    return {
        "title": getattr(source, language),
        "publisher": getattr(source.origin, f"publisher_{language}"),
        "url": source.origin.url,
    }


def _size(size: int) -> str:
    """Bytes as a person reads them: 812 B, 41 KB, 1.3 MB (thousands of bytes)."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )


@cache
def _words(language: str) -> dict[str, str]:
    words = yaml.safe_load((TEMPLATES / "words.yaml").read_text(encoding="utf-8"))
    return {key: word[language] for key, word in words.items()}
