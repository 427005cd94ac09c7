"""Readers, one module a format: file in, tables of text out. They interpret nothing but the format."""

from collections.abc import Mapping

from etl.sources.readers.base import Input, Reader, Sheet, header_key
from etl.sources.readers.delimited import read_delimited
from etl.sources.readers.jsonl import read_jsonl
from etl.sources.readers.parquet import read_parquet
from etl.sources.readers.workbook import read_workbook

READERS: Mapping[str, Reader] = {
    ".csv": read_delimited,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".xlsx": read_workbook,
}

__all__ = ["READERS", "Input", "Sheet", "header_key"]
