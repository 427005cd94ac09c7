"""Colours and the page's style sheet, light and dark."""

from dataclasses import dataclass
from pathlib import Path

FONT = (
    "'PingFang SC', 'Hiragino Sans GB', 'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', "
    "system-ui, sans-serif"
)


@dataclass(frozen=True)
class Palette:
    """Colours of one colour scheme. `steps` run from few to many; `land` is ordinary land without data."""

    page: str
    panel: str
    text: str
    muted: str
    grid: str
    accent: str
    contrast: str
    previous: str
    border: str
    outline: str
    land: str
    steps: tuple[str, ...]
    diverging: tuple[str, ...]
    categories: tuple[str, ...]


LIGHT = Palette(
    page="#FBFAF8",
    panel="#FFFFFF",
    text="#1E2B32",
    muted="#56646C",
    grid="#E4E6E3",
    accent="#14595F",
    contrast="#A8472B",
    previous="#9DB4B4",
    border="#FFFFFF",
    outline="#8A9494",
    land="#ECEAE4",
    steps=("#D3E5E1", "#ACCDC8", "#80B1AD", "#54918F", "#2D7072", "#104C54"),
    diverging=("#93421F", "#C4845E", "#EFE9E0", "#6FA6A4", "#175C61"),
    categories=("#14595F", "#A8472B", "#7A8F2E", "#4E6FA8", "#B98A2E", "#7B5A8C", "#5F6B70", "#2F9C95"),
)

DARK = Palette(
    page="#12191D",
    panel="#182126",
    text="#E4EAE8",
    muted="#A3B1B3",
    grid="#2B373C",
    accent="#6FC3BD",
    contrast="#E79A76",
    previous="#5E7576",
    border="#12191D",
    outline="#6D7C7F",
    land="#2A3236",
    steps=("#1F4549", "#2A5E61", "#3A7C7C", "#559C98", "#82BFB8", "#BDE3DB"),
    diverging=("#E79A76", "#9A6248", "#262F33", "#3F8482", "#82CFC7"),
    categories=("#6FC3BD", "#E79A76", "#B7C96A", "#8FACE0", "#E0BC6A", "#BFA0D0", "#A3B1B3", "#A6E0D8"),
)


def palette(scheme: str | None) -> Palette:
    """The palette for `light` or `dark`; light when the visitor's browser has not said."""
    return DARK if scheme == "dark" else LIGHT


def style_sheet(colours: Palette) -> str:
    """The page's CSS, with the colours of the scheme as custom properties."""
    names = ("page", "panel", "text", "muted", "grid", "accent", "contrast", "land")
    variables = "".join(f"--{name}:{getattr(colours, name)};" for name in names)
    rules = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return f"<style>:root{{{variables}}}\n{rules}</style>"
