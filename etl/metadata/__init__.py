"""The register's meaning as data: fields, records, sources, code lists, rules, texts and geography.

`load(root)` reads a metadata directory. The project's own directory `metadata/` is complete. Another
register's directory needs only `register.yaml` and `sources/`, and what it leaves out is either shared or
absent, never mixed up with another country's facts:

* shared, taken from the project's directory when absent: `records.yaml`, `rules/declassifiers.yaml`,
  `rules/disclosure.yaml`, `rules/reasons.yaml`,
  `rules/retention.yaml`; `fields.yaml` is always the project's, and a register's own
  `fields.yaml` is an overlay that may only relabel fields; `i18n/*.yaml` texts are added to, and win over, the
  project's;
* never shared: `register.yaml`, `sources/`, `codes/` (an absent list is an empty list), `geography/` and
  all other files of `rules/`.

Schemas are always those of the project.
"""

from etl.metadata.loading import load
from etl.metadata.model import (
    SENSITIVITIES,
    Code,
    CodeList,
    Derivation,
    DivisionChange,
    Field,
    Implication,
    Metadata,
    Origin,
    Record,
    Rule,
    Source,
    SourceField,
    Split,
)

__all__ = [
    "SENSITIVITIES",
    "Code",
    "CodeList",
    "Derivation",
    "DivisionChange",
    "Field",
    "Implication",
    "Metadata",
    "Origin",
    "Record",
    "Rule",
    "Source",
    "SourceField",
    "Split",
    "load",
]
