"""How much memory a sheet takes: its used rectangle is held whole, and each use of a shared text is a copy."""

from dataclasses import dataclass

from etl.errors import BadInput
from etl.sources.readers.base import Input, Limits
from etl.sources.readers.packed import bomb


@dataclass
class Extent:
    """The last row and column in which a value stands, how many cells have one, and the bytes of their text."""

    rows: int = 0
    columns: int = 0
    values: int = 0
    text: int = 0


def is_excessive(limits: Limits, extent: Extent) -> bool:
    """Whether a sheet of this extent must be refused."""
    size = extent.rows * extent.columns
    is_sparse = size > limits.spread_from and size > limits.spread * extent.values
    return size > limits.cells or is_sparse or extent.text > limits.text


def check_extent(source: Input, extent: Extent) -> None:
    """Raises BadInput for a rectangle too large or too empty, and for too much text."""
    limits = source.limits
    if not is_excessive(limits, extent):
        return
    shape = f"{extent.rows} × {extent.columns}"
    if extent.rows * extent.columns > limits.cells:
        raise bomb(source, f"{shape} cells")
    if extent.text > limits.text:
        raise too_much_text(source)
    message = f"工作表过于稀疏 | the sheet is too sparse: {shape}, {extent.values} values"
    remedy = (
        "删去远离表格的单元格，或调整 rules/ingest.yaml 的 limits.spread |"
        " delete the cells far from the table, or change limits.spread in rules/ingest.yaml"
    )
    raise BadInput(message, source.name, "limits.spread", remedy)


def too_much_text(source: Input) -> BadInput:
    """The error for more text in a sheet than may be held in memory."""
    size = f"{source.limits.text >> 20} MiB"
    remedy = (
        "拆分后提交，或调整 rules/ingest.yaml 的 limits.text |"
        " split it, or change limits.text in rules/ingest.yaml"
    )
    return BadInput(f"工作表文字超过 | text of a sheet over {size}", source.name, "limits.text", remedy)
