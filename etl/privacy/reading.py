"""Declarations that a caller hands over as plain data: what is missing or misspelt is told, not met as a KeyError."""

from collections.abc import Iterator
from contextlib import contextmanager

from etl.errors import BadInput


@contextmanager
def declaration_of(name: str, form: str) -> Iterator[None]:
    """Reads the declaration called `name` in the block; `form` says in words what it has to look like.

    Raises:
        BadInput: naming the part that is missing, or what is of another kind.
    """
    try:
        yield
    except KeyError as error:
        message = f"声明缺少一项，或名字写错 | the declaration lacks, or misspells: {error.args[0]}"
        raise BadInput(message, name, rule=form) from None
    except (AttributeError, TypeError, ValueError) as error:
        raise BadInput(
            f"声明的形式不对 | the declaration is of another form: {error}", name, rule=form
        ) from None
