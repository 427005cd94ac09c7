"""The characters of the PDF: those of GBK, by a character map that has every one of them."""

import io

import httpx
from pypdf import PdfReader

from tests.e2e.test_lookup_files import file
from tests.fixtures.lookup import NUMBER


def test_a_name_with_a_dot_is_set_by_a_character_map_that_has_the_dot(client: httpx.Client) -> None:
    """UniGB-UCS2-H gives U+00B7 no glyph; UniGB-UTF16-H does, and is known from PDF 1.5 on (ISO 32000-1, 9.7.5.2)."""
    content = file(client, "pdf", f"阿卜杜·合成\t{NUMBER}").content
    (page,) = PdfReader(io.BytesIO(content)).pages
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert {font["/Encoding"] for font in fonts if font["/Subtype"] == "/Type0"} == {"/UniGB-UTF16-H"}
    assert content.startswith(b"%PDF-1.5")
