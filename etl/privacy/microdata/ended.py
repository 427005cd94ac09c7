"""The end of a tier: from some year on nothing can follow what was released of it, and no release waits for that."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.durable import replace_text

if TYPE_CHECKING:
    from etl.privacy.attacks import Finding

NAME = "ended.json"


@dataclass(frozen=True)
class Ended:
    """A tier that has no file from `year` on; what was released of it stays.

    `why`: in zh and en, without a figure, for it is published. `home`: folder of the tier's frozen years. `findings`:
    the attacks that a following file did not pass, for the operator.
    """

    tier: str
    year: int
    why: Mapping[str, str]
    home: Path
    findings: "tuple[Finding, ...]" = ()

    @property
    def text(self) -> dict[str, str]:
        """What is told of it, in zh and en."""
        return {
            "zh": f"微观数据 {self.tier} 自 {self.year} 年末起不再续发：{self.why['zh']}。此前的文件不变。",
            "en": f"Microdata {self.tier} are not continued from year end {self.year} on: {self.why['en']}. "
            "Earlier files stay as they are.",
        }

    @property
    def told(self) -> dict[str, Any]:
        """What a release says of it."""
        return {"tier": self.tier, "ended": self.year, **self.text}

    def freeze(self) -> None:
        """Ends the tier for good: call it when the release that tells of it is promoted."""
        path = self.home / NAME
        if not path.exists():
            replace_text(path, json.dumps({"year": self.year, "why": self.why}, ensure_ascii=False) + "\n")


def read_ended(home: Path) -> Ended | None:
    """The end of the tier of a folder, if it has ended."""
    path = home / NAME
    if not path.exists():
        return None
    content = json.loads(path.read_text("utf-8"))
    return Ended(home.name, content["year"], content["why"], home)


def by_levels(home: Path, year: int) -> Ended:
    """The end of a tier whose levels would suppress more persons than it may."""
    why = {
        "zh": "沿用的层级须隐去的人超过上限",
        "en": "its levels would suppress more persons than it may",
    }
    return Ended(home.name, year, why, home)


def by_attacks(home: Path, year: int, findings: "Sequence[Finding]") -> Ended:
    """The end of a tier whose following file would not withstand an attack."""
    names = ", ".join(dict.fromkeys(f"{finding.attack} {finding.metric}" for finding in findings))
    why = {
        "zh": f"登记册变化过大，续发的文件不能通过 {names}",
        "en": f"the register has drifted, and a following file would not pass {names}",
    }
    return Ended(home.name, year, why, home, tuple(findings))
