"""How far a source may move from what the release being served was made of: floors stop, ceilings warn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from etl.errors import Refused
from etl.metadata import Metadata, Source
from etl.sources.report import Balance, tally

# A source and the division that its rows count under.
Whose = tuple[str, str | None]
_TOP = 3


@dataclass(frozen=True)
class Excess:
    """A ceiling that was passed: which, of whom, the share found and the share allowed."""

    source_name: str
    division_code: str | None
    bound: str
    found: float
    limit: float


def check_budgets(balances: Sequence[Balance], metadata: Metadata) -> None:
    """Raises Refused for a source of which a larger share was quarantined than its `drop_budget` allows."""
    for name in sorted({balance.source_name for balance in balances}):
        own = [balance for balance in balances if balance.source_name == name]
        received, dropped = sum(map(in_scope, own)), sum(balance.quarantined for balance in own)
        budget = metadata.sources[name].drop_budget
        if received and dropped / received > budget:
            top = ", ".join(
                f"{reason} {count}" for reason, count in list(tally(own, "reasons").items())[:_TOP]
            )
            message = (
                f"隔离 {dropped:,}/{received:,} 行（{dropped / received:.2%}），超过限额 {budget:.2%} |"
                f" {dropped:,} of {received:,} rows set aside, over the budget of {budget:.2%} ({top})"
            )
            worst = max(own, key=lambda balance: balance.quarantined)
            remedy = (
                "与提供方核实，或说明理由调整限额 | ask the provider, or change drop_budget with a reason"
            )
            raise Refused(message, f"{name}: {worst.source_file}", "drop_budget", remedy)


def check_floors(balances: Sequence[Balance], before: Sequence[Balance], metadata: Metadata) -> None:
    """Raises Refused when a source, or a division in it, has sent fewer rows than its floor.

    `before`: the balances behind the release being served; empty when there is none.
    """
    now, then = _rows(balances), _rows(before)
    problems = {
        name: lines
        for name, source in sorted(metadata.sources.items())
        if (lines := [*_too_few(source, now), *_too_much_fewer(source, now, then)])
    }
    if problems:
        files = {balance.source_file for balance in (*balances, *before) if balance.source_name in problems}
        remedy = (
            "请提供方补报；确实如此的，在 sources/ 的 bounds.exempt 写明地区和理由 |"
            " ask the provider for the rest; if it is true, name division and reason under bounds.exempt"
        )
        lines = [line for name in problems for line in problems[name]]
        raise Refused("\n  ".join(lines), ", ".join(sorted(files)[:_TOP]), "bounds.floor", remedy)


def _too_few(source: Source, now: Mapping[Whose, int]) -> list[str]:
    rows = sum(count for (name, _), count in now.items() if name == source.name)
    floor = source.bounds.floor_rows
    text = (
        f"{source.name}: 收到 {rows:,} 行，少于 {floor:,} 行 | {rows:,} rows received, fewer than {floor:,}"
    )
    return [text] if rows < floor else []


def _too_much_fewer(source: Source, now: Mapping[Whose, int], then: Mapping[Whose, int]) -> list[str]:
    bounds = source.bounds
    return [
        f"{source.name} {whose[1] or ''}: 收到 {now.get(whose, 0):,} 行，少于上次 {count:,} 行的"
        f" {bounds.floor_share:.0%} | {now.get(whose, 0):,} rows received, fewer than"
        f" {bounds.floor_share:.0%} of the {count:,} of last time"
        for whose, count in sorted(then.items(), key=str)
        if whose[0] == source.name
        and whose[1] not in bounds.exempt
        and count >= bounds.least
        and now.get(whose, 0) < bounds.floor_share * count
    ]


def excesses(
    balances: Sequence[Balance],
    before: Sequence[Balance],
    moved: Mapping[Whose, tuple[int, int, int]],
    metadata: Metadata,
) -> list[Excess]:
    """Every ceiling that was passed, by source and division.

    `moved`: records that changed, that vanished, and that there were before.
    """
    now, then = _rows(balances), _rows(before)
    received, quarantined, duplicates = (
        _sums(balances, count) for count in ("received", "quarantined", "duplicate")
    )
    found: list[Excess] = []
    for whose in sorted({*now, *then}, key=str):
        bounds = metadata.sources[whose[0]].bounds if whose[0] in metadata.sources else None
        if bounds is None:
            continue
        changed, vanished, were = moved.get(whose, (0, 0, 0))
        shares = {
            "growth": (now.get(whose, 0) - then.get(whose, 0), then.get(whose, 0)),
            "quarantined": (quarantined.get(whose, 0), now.get(whose, 0)),
            "duplicates": (duplicates.get(whose, 0), received.get(whose, 0)),
            "changed": (changed, were),
            "vanished": (vanished, were),
        }
        for bound, (part, whole) in shares.items():
            limit = getattr(bounds, bound)
            if limit is not None and whole >= bounds.least and part / whole > limit:
                found.append(Excess(*whose, bound, round(part / whole, 4), limit))
    return found


def in_scope(balance: Balance) -> int:
    """Rows received that are rows of the register, neither notes nor older snapshots."""
    return balance.received - balance.out_of_scope


def _rows(balances: Iterable[Balance]) -> dict[Whose, int]:
    found: dict[Whose, int] = {}
    for balance in balances:
        whose = (balance.source_name, balance.division_code)
        found[whose] = found.get(whose, 0) + in_scope(balance)
    return found


def _sums(balances: Iterable[Balance], count: str) -> dict[Whose, int]:
    found: dict[Whose, int] = {}
    for balance in balances:
        whose = (balance.source_name, balance.division_code)
        found[whose] = found.get(whose, 0) + int(getattr(balance, count))
    return found
