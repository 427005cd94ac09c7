"""Fingerprints: what decides that a model need not be built again, and the file that remembers them.

A model's fingerprint covers its SQL, the content of the files it reads, the functions and secrets of the
build (only as a hash) and the engine's version. A file's content is hashed once, then known by size and time.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from etl.kernel.model import Model


def normalised(sql: str) -> str:
    """The SQL without its header, spaces at line ends, and empty lines: changing those changes no result."""
    lines = [line.rstrip() for line in sql.splitlines()]
    while lines and (not lines[0] or lines[0].startswith("--")):
        del lines[0]
    return "\n".join(line for line in lines if line)


def engine(functions: Sequence[str], secrets: Mapping[str, str]) -> str:
    """Hash of what every model of a build shares: functions, secrets, engine version."""
    return digest([version("duckdb"), list(functions), sorted(secrets.items())])


def fingerprint(model: Model, contents: Mapping[str, str], shared: str) -> str:
    """Hash of all that a model's result follows from. `contents`: content hash of each table it reads."""
    return digest(
        [shared, normalised(model.sql), model.grain, {name: contents[name] for name in model.dependencies}]
    )


def digest(value: Any) -> str:
    """Hash of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass
class State:
    """What earlier builds left: content hashes of files, fingerprints of models, checks that passed.

    Losing the file costs a rebuild and nothing else.
    """

    path: Path
    files: dict[str, list[Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def load(path: Path) -> "State":
        """The state in a file; an empty one when the file is absent or unreadable."""
        try:
            kept = json.loads(path.read_text("utf-8"))
            return State(path, kept["files"], kept["models"], kept["passed"])
        except (OSError, ValueError, KeyError, TypeError):
            return State(path)

    def save(self) -> None:
        """Write the file whole or not at all."""
        kept = {"files": self.files, "models": self.models, "passed": self.passed}
        temporary = self.path.with_name(f".{self.path.name}.tmp")
        temporary.write_text(json.dumps(kept, sort_keys=True), "utf-8")
        temporary.replace(self.path)

    def content(self, paths: Iterable[Path]) -> str:
        """Hash of files' bytes, in order; a file of the same size and time as before is not read again."""
        return digest([self._file(path) for path in paths])

    def _file(self, path: Path) -> str:
        stat = path.stat()
        known = self.files.get(str(path))
        if known is None or known[:2] != [stat.st_size, stat.st_mtime_ns]:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            known = self.files[str(path)] = [stat.st_size, stat.st_mtime_ns, content]
        return str(known[2])
