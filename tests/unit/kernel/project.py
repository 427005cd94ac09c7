"""A project of model files in a temporary folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from etl.kernel import BuildReport, Model, build, discover


@dataclass
class Project:
    """Model files, input tables and outputs under one folder."""

    root: Path
    inputs: dict[str, Path] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def model(self, place: str, sql: str, header: str = "") -> Path:
        """Write a model file; `place` is `zone folder/name`."""
        return self.file(place, f"-- 题 | title\n{header}{sql}\n")

    def file(self, place: str, text: str) -> Path:
        path = self.root / "sql" / f"{place}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def input(self, name: str, select: str) -> None:
        """Write an input table from a SELECT."""
        path = self.root / f"{name}.parquet"
        duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        self.inputs[name] = path

    def models(self) -> dict[str, Model]:
        return discover(self.root / "sql")

    def build(self, **options: Any) -> BuildReport:
        out: Mapping[str, Path] = {
            zone: self.root / "out" / zone for zone in ("core", "safe", "open", "served", "sensitive")
        }
        self.lines.clear()
        return build(self.models(), self.inputs, out, report=self.lines.append, **options)

    def states(self, **options: Any) -> dict[str, str]:
        return {run.name: run.state for run in self.build(**options).models}

    def rows(self, zone: str, name: str) -> list[tuple[Any, ...]]:
        return duckdb.sql(f"SELECT * FROM '{self.path(zone, name)}'").fetchall()

    def path(self, zone: str, name: str) -> Path:
        return self.root / "out" / zone / f"{name}.parquet"
