"""Small files that have to outlive a power failure: replaced whole, or only ever appended to."""

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# What is written for longer was left by a process that ended before it was done.
_UNFINISHED_SECONDS = 3_600


def replace_text(path: Path, text: str, mode: int = 0o666) -> None:
    """Writes a file, or what takes its place, in one step; `mode` is that of a new file, less the umask.

    Folders that are missing are made for the owner alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    _written(temporary, text, os.O_EXCL, mode)
    temporary.replace(path)
    sync(path.parent)


def create_text(path: Path, text: str) -> bool:
    """Writes a file of the owner's alone that is there as a whole or not at all; False where there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{secrets.token_hex(8)}.new")
    try:
        _written(temporary, text, os.O_EXCL, 0o600)
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)
    return True


def append_text(path: Path, text: str) -> None:
    """Adds to a file of the owner's alone, which is made if it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _written(path, text, os.O_APPEND, 0o600)


def clear_unfinished(folder: Path) -> None:
    """Removes from a folder, if it is there, what processes that ended half-way in `create_text` left in it."""
    for path in folder.glob(".*.new"):
        with suppress(FileNotFoundError):  # it was finished just now
            if time.time() - path.stat().st_mtime > _UNFINISHED_SECONDS:
                path.unlink()


def move(source: Path, target: Path) -> None:
    """Gives a file of text, of the owner's alone, another name, on another disk as well.

    There it is written anew and on the disk before the first one goes.
    """
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        replace_text(target, source.read_text("utf-8"), mode=0o600)
        source.unlink()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lets one process at a time read and write a file; the lock, a file beside it, ends with the process."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written(path: Path, text: str, flag: int, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | flag, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
