"""The kernel: SQL files in, Parquet files out.

It knows no domain: zones, tables and columns are names to it.

* `model`        a model = one `.sql` file: header, zone, dependencies; `discover`
* `checks`       rules of a model as SELECTs that return failing rows
* `graph`        building order, and `select` by `name`, `+name`, `name+`, globs
* `fingerprint`  what a result follows from, as a hash; the state file of earlier builds
* `runner`       `build`: bring the Parquet file of every model up to date
* `show`         `lineage_text`: lineage for a person to read

What a SELECT reads, and what follows from what in it, is `etl.lineage`.
"""

from etl.kernel.graph import order, select
from etl.kernel.model import Model, discover
from etl.kernel.runner import BuildReport, ModelRun, build
from etl.kernel.show import lineage_text

__all__ = [
    "BuildReport",
    "Model",
    "ModelRun",
    "build",
    "discover",
    "lineage_text",
    "order",
    "select",
]
