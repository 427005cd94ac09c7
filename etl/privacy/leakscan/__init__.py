"""Leak scan: all bytes of a release, or of a server's answers, looked through for what may not leave.

`scan(root, rules, searches)` reads every file below a folder as it stands and unpacked (`parts`), and looks for
numbers and patterns that no release may hold (`numbers`, `rules`) and for values that the caller knows (`needles`):
true values of columns kept back, canaries, keys. A finding names file, place and kind, never the value.
`crawl` gives the answers of a server for the same scan. The package knows no column and no register.
"""

from etl.privacy.leakscan.crawl import Request, crawl
from etl.privacy.leakscan.keys import key_spellings
from etl.privacy.leakscan.needles import Group, Needles
from etl.privacy.leakscan.numbers import numbers_among
from etl.privacy.leakscan.parts import Part
from etl.privacy.leakscan.rules import Rules
from etl.privacy.leakscan.scan import Finding, Search, findings, scan
from etl.privacy.leakscan.tables import columns

__all__ = [
    "Finding",
    "Group",
    "Needles",
    "Part",
    "Request",
    "Rules",
    "Search",
    "columns",
    "crawl",
    "findings",
    "key_spellings",
    "numbers_among",
    "scan",
]
