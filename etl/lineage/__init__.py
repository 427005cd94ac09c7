"""Column lineage: from which source columns each output column, and the choice of rows, follows.

The analysis walks the engine's own syntax tree and never looks at data. It errs on one side only: a name that
could mean two columns counts as both, and whatever it does not know it refuses. Two kinds of influence:

* a *value*: the column's values are computed from the source, conditions of CASE, FILTER and windows too;
* *rows*: the source decides which rows there are, how many, or in which order (WHERE, joins, GROUP BY,
  DISTINCT, HAVING, QUALIFY, ORDER BY, LIMIT, EXISTS, IN, set operations, unnest).

The rows of a table that is read are the pseudo-column `*` of that table, so influences travel through models.

* `parse`     the engine's own syntax tree of a SELECT
* `flow`      the values of the analysis: `Source`, `Call`, `Relation`
* `rows`      which values stand in one row, or in rows of one holder
* `scope`     what a name means at one place of a query
* `walk`, `expressions`, `queries`  the walk over the tree
* `analysis`  `column_flows`, `model_flow`: what the columns and rows of models follow from
"""

from etl.lineage.analysis import column_flows, model_flow
from etl.lineage.flow import NOTHING, ROWS, Atom, Call, Flow, Relation, Source

__all__ = [
    "NOTHING",
    "ROWS",
    "Atom",
    "Call",
    "Flow",
    "Relation",
    "Source",
    "column_flows",
    "model_flow",
]
