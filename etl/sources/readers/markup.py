"""XML, parsed as a stream by expat: no document type, so no entities to expand and nothing to fetch.

Expat is in the standard library and calls us element by element; of what a larger library adds (trees, XPath,
schemas, network) nothing is wanted here.
"""

from collections.abc import Iterable
from xml.parsers import expat

from etl.errors import BadInput
from etl.sources.readers.base import Input

_REMEDY = "重新导出，不带 DOCTYPE 和实体 | export again, without DOCTYPE and entities"


def safe_parser(source: Input, encoding: str | None = None) -> expat.XMLParserType:
    """A parser that raises BadInput at a document type; `encoding` overrides what the document declares."""
    parser = expat.ParserCreate(encoding)
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        message = "XML 带有 DOCTYPE | the XML has a document type"
        raise BadInput(message, source.name, "no DOCTYPE, no entities", _REMEDY)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def feed(
    source: Input, parser: expat.XMLParserType, content: Iterable[bytes], *, is_last: bool = True
) -> None:
    """Parse pieces of a document. Raises BadInput, with the line, for what is not well-formed."""
    try:
        for piece in content:
            parser.Parse(piece, False)
        if is_last:
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = f"XML 不完整，第 {error.lineno} 行 | not well-formed XML, line {error.lineno}"
        raise BadInput(message, source.name, "XML", "重新导出后提交 | export and send it again") from None
