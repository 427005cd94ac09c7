"""The kernel: SQL files in, Parquet files out, and a view of what follows from what.

It knows no domain: zones, tables and columns are names to it.

* `parse`        the engine's own syntax tree of a SELECT, and the tables it reads
* `model`        a model = one `.sql` file: header, zone, dependencies; `discover`
* `checks`       rules of a model as SELECTs that return failing rows
* `graph`        building order, and `select` by `name`, `+name`, `name+`, globs
* `fingerprint`  what a result follows from, as a hash; the state file of earlier builds
* `runner`       `build`: bring the Parquet file of every model up to date
* `lineage`      value and row-set influences, column by column (used by the privacy type-check)
* `show`         `lineage_text`: lineage for a person to read
"""

from etl.kernel.graph import order, select
from etl.kernel.lineage import column_flows
from etl.kernel.model import Model, discover
from etl.kernel.runner import BuildReport, ModelRun, build
from etl.kernel.show import lineage_text

__all__ = [
    "BuildReport",
    "Model",
    "ModelRun",
    "build",
    "column_flows",
    "discover",
    "lineage_text",
    "order",
    "select",
]
