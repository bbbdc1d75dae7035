"""Draw the growth curve as a small SVG, both axes logarithmic, without any plotting library."""

import math
from collections.abc import Sequence
from pathlib import Path

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 40, 50
_COLOURS = ("#2f6f68", "#b0562f")


def draw(
    path: Path,
    title: str,
    across: Sequence[float],
    curves: dict[str, Sequence[float]],
    *,
    bar: float,
    bar_name: str,
) -> None:
    """Draw curves over sizes, with a line that they should stay under.

    Args:
        path: The SVG to write.
        title: What it shows.
        across: Sizes.
        curves: Milliseconds by name.
        bar: Milliseconds to stay under.
        bar_name: What that line means.
    """
    low = 10 ** math.floor(math.log10(min(min(c) for c in curves.values())))
    high = 10 ** math.ceil(math.log10(max(bar, *(max(c) for c in curves.values()))))

    def x(value: float) -> float:
        share = math.log(value / across[0]) / math.log(across[-1] / across[0])
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(value: float) -> float:
        share = math.log(value / low) / math.log(high / low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="12" fill="#26302e"><title>{title}</title>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fbfaf7"/>',
        f'<text x="{_LEFT}" y="22" font-size="14">{title}</text>',
    ]
    for value in across:
        parts.append(_line(x(value), _TOP, x(value), _HEIGHT - _BOTTOM, "#e2ded4"))
        parts.append(_text(x(value), _HEIGHT - _BOTTOM + 18, f"{value:,.0f}", "middle"))
    tick = low
    while tick <= high * 1.01:
        parts.append(_line(_LEFT, y(tick), _WIDTH - _RIGHT, y(tick), "#e2ded4"))
        parts.append(_text(_LEFT - 8, y(tick) + 4, f"{tick:g} ms", "end"))
        tick *= 10
    parts.append(_line(_LEFT, y(bar), _WIDTH - _RIGHT, y(bar), "#7a2e2e", 'stroke-dasharray="5 4"'))
    parts.append(_text(_LEFT + 6, y(bar) - 5, bar_name, "start"))
    for colour, (name, values) in zip(_COLOURS, curves.items(), strict=False):
        points = " ".join(f"{x(a)},{y(v)}" for a, v in zip(across, values, strict=True))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts += [
            f'<circle cx="{x(a)}" cy="{y(v)}" r="3.5" fill="{colour}"/>'
            for a, v in zip(across, values, strict=True)
        ]
        place = y(values[-1]) - 8
        parts.append(
            _text(_WIDTH - _RIGHT - 4, place, f"{name} {values[-1]:.0f} ms", "end", colour)
        )
    parts.append(_text((_LEFT + _WIDTH) / 2, _HEIGHT - 10, "passages", "middle"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" {more}/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#26302e") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
