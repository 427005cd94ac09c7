"""The parts of a form that was sent with a file."""

import logging
import math
from typing import Any

from python_multipart import create_form_parser

# It reports bytes of what was sent.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)

_CONFIG = {"MAX_MEMORY_FILE_SIZE": math.inf}


def parts_of(kind: str, body: bytes, most: int) -> tuple[dict[str, str], bytes]:
    """Fields by name, and the content of the file, empty without one; `kind` is the header Content-Type.

    Raises ValueError for a body that is not that, is cut short, has more than `most` fields or one not in UTF-8.
    """
    fields: dict[str, str] = {}
    files: list[bytes] = []

    def on_field(field: Any) -> None:
        fields[field.field_name.decode("utf-8")] = (field.value or b"").decode("utf-8")

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        files.append(file.file_object.read())
        file.close()

    ended: list[bool] = []
    parser = create_form_parser(
        {"Content-Type": kind.encode("latin-1")},
        on_field,
        on_file,
        config={**_CONFIG, "MAX_FIELDS": most},
    )
    parser.on_end = lambda: ended.append(True)
    parser.write(body)
    parser.finalize()
    if not ended or len(files) > 1:
        raise ValueError("cut short, or more than one file")
    return fields, b"".join(files)
