"""Ingest: the exports of a register in, typed staging tables and a balance sheet out.

    files      the directory: what is there, what its bytes are
    readers/   one module a format: tables of text, nothing interpreted
    receipts   the same bytes again, under whatever name
    layout     which source a sheet belongs to, by its headers
    values     a column cleaned: Python sees each distinct unclean value once
    derive     fields that follow from another field of the row
    batch      files that are staged together, read
    rows       their rows cleaned, derived, typed, and why some must fail
    fates      what is written and counted for each sheet, without rows it repeats
    stage      a batch from beginning to end
    tables     values of Python as tables of SQL
    duplicates rows already received in another sheet
    report     the balance
    bounds     drop budgets, floors and ceilings of each source
    compare    what appeared, changed and vanished since the release being served
    ingest     all of it, incremental, swapped in at the end
    settings   what metadata/rules/ingest.yaml says
    snapshots  dates in file names, superseded, replaced and cut snapshots
    assemble   final staging, and the balance of every sheet

Every row received is accepted, quarantined, duplicate or out of scope; nothing is dropped in silence.
"""

from etl.sources.ingest import ingest
from etl.sources.report import Balance, IngestReport

__all__ = ["Balance", "IngestReport", "ingest"]
