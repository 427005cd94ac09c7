"""Pure functions on values: text in, canonical text or a reason out. Knows no tables, files or clocks.

A cleaner pairs a Python function with a SQL predicate for the values that the function would not change,
so that a table is cleaned by running Python only over the distinct values that need it.
"""

from collections.abc import Callable, Mapping

from etl.clean.base import Cleaned, Cleaner, Context, Outcome, Unclean
from etl.clean.cells import SPLITS
from etl.clean.codes import code_cleaner, decimal_cleaner, integer_cleaner, spellings
from etl.clean.dates import date_cleaner, month_cleaner
from etl.clean.identifiers import (
    decision_no_cleaner,
    enterprise_code_cleaner,
    id_number_cleaner,
    number_cleaner,
    registration_no_cleaner,
)
from etl.clean.text import name_cleaner, text_cleaner

CLEANERS: Mapping[str, Callable[[Context], Cleaner]] = {
    "code": code_cleaner,
    "date": date_cleaner,
    "decimal": decimal_cleaner,
    "decision_no": decision_no_cleaner,
    "enterprise_code": enterprise_code_cleaner,
    "id_number": id_number_cleaner,
    "integer": integer_cleaner,
    "month": month_cleaner,
    "name": name_cleaner,
    "number": number_cleaner,
    "registration_no": registration_no_cleaner,
    "text": text_cleaner,
}

__all__ = ["CLEANERS", "SPLITS", "Cleaned", "Cleaner", "Context", "Outcome", "Unclean", "spellings"]
