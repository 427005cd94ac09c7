"""Every text that the lookup shows is there in both languages, and none is left over."""

import re

import yaml

from dashboards.lookup.settings import HERE, load_settings
from etl.settings import METADATA

TEXTS = {
    lang: yaml.safe_load((METADATA / "i18n" / f"{lang}.yaml").read_text(encoding="utf-8"))
    for lang in ("zh", "en")
}
KEYS = {lang: {key for key in texts if key.startswith("lookup.")} for lang, texts in TEXTS.items()}
SOURCES = "\n".join(
    path.read_text(encoding="utf-8") for path in [*HERE.glob("templates/*"), *HERE.glob("*.py")]
)


def test_both_languages_have_the_same_keys() -> None:
    assert KEYS["zh"] == KEYS["en"]


def test_both_languages_have_the_same_placeholders() -> None:
    for key in KEYS["zh"]:
        if not key.startswith("lookup.format."):
            assert sorted(re.findall(r"{\w+}", TEXTS["zh"][key])) == sorted(
                re.findall(r"{\w+}", TEXTS["en"][key])
            ), key


def test_every_text_asked_for_exists() -> None:
    asked = set(re.findall(r"""\bt\(["']([a-z_.0-9]+)["'][,)]""", SOURCES))
    assert {f"lookup.{key}" for key in asked} <= KEYS["zh"]


def test_every_text_is_used() -> None:
    composed = (
        "language.",
        "outcome.",
        "problem.",
        "status.",
        "about.",
        "format.",
        "standing.",
        "verify.",
        "person.hidden.",
        "correct.reason.",
    )
    for key in KEYS["zh"]:
        short = key.removeprefix("lookup.")
        used = re.search(rf"""["']{re.escape(short)}["']""", SOURCES)
        assert used or short.startswith(composed), key


def test_every_status_with_a_tone_has_a_sentence() -> None:
    assert {f"lookup.status.{code}" for code in load_settings().tones} <= KEYS["zh"]
