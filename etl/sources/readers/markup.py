"""XML, parsed as a stream by expat: no document type, so no entities to expand and nothing to fetch.

Expat is in the standard library and calls us element by element; of what a larger library adds (trees, XPath,
schemas, network) nothing is wanted here.
"""

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from etl.errors import BadInput
from etl.sources.readers.base import Input
from etl.sources.readers.packed import bomb

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


def feed(source: Input, parser: expat.XMLParserType, content: Iterable[bytes]) -> None:
    """Parse a document. Raises BadInput, with the line, for what is not well-formed, and for an endless tag."""
    for _ in fed(source, parser, content):
        pass


def fed(source: Input, parser: expat.XMLParserType, content: Iterable[bytes]) -> Iterator[None]:
    """As `feed`, with a halt after each piece."""
    size = 0
    try:
        for piece in content:
            parser.Parse(piece, False)
            size += len(piece)
            # What expat has not come past is one tag, comment or the like.
            if size - parser.CurrentByteIndex > source.limits.line + len(piece):
                raise bomb(source, f"> {source.limits.line >> 10} KiB in a tag")
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = f"XML 不完整，第 {error.lineno} 行 | not well-formed XML, line {error.lineno}"
        raise BadInput(message, source.name, "XML", "重新导出后提交 | export and send it again") from None
    yield
