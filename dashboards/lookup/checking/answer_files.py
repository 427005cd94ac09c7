"""The table of answers as a file: XLSX and PDF. Whatever was typed stays text: no formula, link or markup."""

import unicodedata
from functools import partial
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from xlsxwriter import Workbook

from dashboards.lookup.checking.answer_table import AnswerTable
from dashboards.lookup.finding.normalise import has_han

# One of the fonts that every PDF reader with Chinese has; it is not embedded, and has the characters of GBK.
_FONT = "STSong-Light"
_CHARACTERS = "gbk"
# Of the character maps of PDF this one has them all; UniGB-UCS2-H lacks the dot of names (U+00B7) and 29 more.
_ENCODING, _VERSION = "UniGB-UTF16-H", (1, 5)
_MARGIN = 12 * mm
# A cell of the PDF has no more characters: laying out what somebody typed must come to an end.
_MOST = 1_000
# The first columns of the workbook hold the labels of the facts as well.
_NARROWEST = 14.0
_TEXTS_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def as_xlsx(table: AnswerTable) -> bytes:
    """A workbook: the table under its facts, and on a second sheet the lines that the receipt is of."""
    content = BytesIO()
    with Workbook(content, {"in_memory": True, "constant_memory": False, **_TEXTS_ONLY}) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(_sheet_name(table.title))
        for place, fact in enumerate(table.facts):
            sheet.write_string(place, 0, fact[0], bold)
            sheet.write_string(place, 1, fact[1])
        first = len(table.facts) + 1
        for column, (heading, width) in enumerate(zip(table.headings, table.widths, strict=True)):
            sheet.write_string(first, column, heading, bold)
            sheet.set_column(column, column, max(width * 1.6, _NARROWEST))
        for place, row in enumerate(table.rows, first + 1):
            for column, text in enumerate(row):
                sheet.write_string(place, column, text, wrapped)
        sheet.write_string(first + len(table.rows) + 2, 0, table.note)
        lines = book.add_worksheet(_sheet_name(table.receipt_title))
        for place, line in enumerate(table.receipt.lines):
            lines.write_string(place, 0, line)
    return content.getvalue()


def as_pdf(table: AnswerTable) -> bytes:
    """A4, across; the heading of the table on every page, and below it the receipt and the page's number of all.

    It is laid out twice, for only the first time tells how many pages there are.
    """
    font = UnicodeCIDFont(_FONT)
    font.encodingName = _ENCODING
    registerFont(font)
    _, pages = _laid_out(table, 0)
    return _laid_out(table, pages)[0]


def _laid_out(table: AnswerTable, pages: int) -> tuple[bytes, int]:
    """The document, each page told to be one of `pages`, and how many it has."""
    small = ParagraphStyle("cell", fontName=_FONT, fontSize=7.5, leading=10)
    large = ParagraphStyle("title", parent=small, fontSize=15, leading=22)
    facts = [_paragraph(f"{label}{table.colon}{value}", small) for label, value in table.facts]
    title, grid, note = _paragraph(table.title, large), _grid(table, small), _paragraph(table.note, small)
    content = BytesIO()
    document = SimpleDocTemplate(
        content,
        pagesize=landscape(A4),
        title=table.title,
        **dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN),
    )

    def foot(canvas: Canvas, page: SimpleDocTemplate) -> None:
        canvas.setFont(_FONT, 7)
        canvas.drawString(_MARGIN, 6 * mm, f"{table.receipt.code}  {page.page}/{pages}")

    story = [title, *facts, Spacer(1, 4 * mm), grid, Spacer(1, 4 * mm), note]
    document.build(story, foot, foot, canvasmaker=partial(Canvas, pdfVersion=_VERSION))
    return content.getvalue(), document.page


def _grid(table: AnswerTable, style: ParagraphStyle) -> Table:
    share = (landscape(A4)[0] - 2 * _MARGIN) / sum(table.widths)
    cells = [[_paragraph(text, style) for text in row] for row in (table.headings, *table.rows)]
    grid = Table(cells, [share * each for each in table.widths], repeatRows=1, splitInRow=1)
    grid.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return grid


def printable(text: str) -> str:
    """The text with every character that the font lacks written as its code point: no name loses one unseen.

    >>> printable("张𠮷a")
    '张[U+20BB7]a'
    """
    return "".join(c if c == "\n" or _has(c) else f"[U+{ord(c):04X}]" for c in text)


def _has(character: str) -> bool:
    try:
        character.encode(_CHARACTERS)
    except UnicodeEncodeError:
        return False
    return not unicodedata.category(character).startswith("C")


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    told = printable(text)
    told = told if len(told) <= _MOST else f"{told[:_MOST]}…"
    # Chinese breaks between any two characters, other scripts between words.
    breaking = ParagraphStyle(style.name, parent=style, wordWrap="CJK" if has_han(told) else None)
    return Paragraph(escape(told).replace("\n", "<br/>"), breaking)


def _sheet_name(text: str) -> str:
    """What may stand on the tab of a sheet."""
    return text[:31]
