"""The result as one SVG: small multiples by chatters, one panel a metric, every line named where it ends.

Both axes begin at nothing. Ours is the colour of wood, the others ink; what tells the others apart is their
name and their dashes, never colour alone. Pure: figures in, text out.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.engine.figure import Table

PAPER, INK, WOOD, QUIET = "#faf7f2", "#1d1b18", "#8a4b16", "#e3dbcf"
WIDTH, HEIGHT = 960, 400
TOP, BOTTOM, LEFT, NAMES = 84, 52, 52, 128  # pixels around a panel; names stand to its right
GAP = 16  # between names, so that they can be read
DASHES = ("none", "7 4", "2 3", "10 3 2 3", "4 2", "1 4", "12 4", "6 2 1 2", "3 6")
FONT = "'Golos Text', system-ui, sans-serif"


@dataclass(frozen=True)
class Panel:
    """One metric: the attribute of the figures, its title and unit."""

    key: str
    title: str
    says: str


PANELS = (
    Panel("ttft_p95_s", "First text, 95th percentile, s", "lower is better"),
    Panel("tok_per_s", "Tokens a second, all chatters together", "higher is better"),
)


@dataclass(frozen=True)
class Line:
    """A server's points: chatters and value."""

    name: str
    points: tuple[tuple[int, float], ...]


def lines(levels: Table, key: str) -> list[Line]:
    """One line a server, of the levels where it has a value."""
    names = list(dict.fromkeys(name for by_server in levels.values() for name in by_server))
    found = []
    for name in names:
        at = [(users, getattr(by[name], key)) for users, by in levels.items() if name in by]
        points = tuple((users, float(value)) for users, value in at if value is not None)
        if points:
            found.append(Line(name, points))
    return found


def svg(levels: Table, ours: str, title: str, subtitle: str) -> str:
    """The whole drawing."""
    each = WIDTH / len(PANELS)
    body = "".join(_panel(levels, panel, ours, at * each, each) for at, panel in enumerate(PANELS))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="{FONT}" font-size="13" fill="{INK}"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
        f"{_text(16, 26, title, size=17, weight=600)}{_text(16, 46, subtitle)}{body}</svg>\n"
    )


def _panel(levels: Table, panel: Panel, ours: str, left: float, width: float) -> str:
    drawn = lines(levels, panel.key)
    most = max((value for line in drawn for _, value in line.points), default=1.0)
    ticks = steps(most)
    users = list(levels)
    plot = _Plot(left + LEFT, width - LEFT - NAMES, ticks[-1], max(users, default=1))
    named = [(line, plot.y(line.points[-1][1])) for line in drawn]
    heights = spread([height for _, height in named], GAP, TOP, HEIGHT - BOTTOM)
    grid = "".join(plot.rule(tick) for tick in ticks) + "".join(plot.mark(level) for level in users)
    paths = "".join(plot.path(line, ours, at) for at, line in enumerate(drawn))
    names = "".join(plot.name(line, y, ours) for (line, _), y in zip(named, heights, strict=True))
    head = _text(left + 16, 70, f"{panel.title} ({panel.says})", weight=600)
    foot = _text(plot.left + plot.width / 2, HEIGHT - 14, "chatters at once", anchor="middle")
    return head + grid + paths + names + foot


@dataclass(frozen=True)
class _Plot:
    """Where values lie on the paper."""

    left: float
    width: float
    most: float
    users: int

    def x(self, users: float) -> float:
        return self.left + self.width * users / self.users

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self.most

    def rule(self, tick: float) -> str:
        y = self.y(tick)
        stroke = INK if tick == 0 else QUIET
        drawn = f'<path d="M{self.left:.1f} {y:.1f}h{self.width:.1f}" stroke="{stroke}"/>'
        return drawn + _text(self.left - 8, y + 4, f"{tick:g}", anchor="end")

    def mark(self, users: int) -> str:
        return _text(self.x(users), HEIGHT - BOTTOM + 18, str(users), anchor="middle")

    def path(self, line: Line, ours: str, at: int) -> str:
        places = [(self.x(users), self.y(value)) for users, value in line.points]
        d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        colour, wide = (WOOD, 3) if line.name == ours else (INK, 1.3)
        dash = "none" if line.name == ours else DASHES[at % len(DASHES)]
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{wide}" fill="{colour}"/>' for x, y in places)
        stroke = f'stroke="{colour}" stroke-width="{wide}" stroke-dasharray="{dash}"'
        return f'<path d="{d}" fill="none" {stroke}/>{dots}'

    def name(self, line: Line, y: float, ours: str) -> str:
        mine = line.name == ours
        end = self.x(line.points[-1][0])
        last = self.y(line.points[-1][1])
        lead = f'<path d="M{end + 5:.1f} {last:.1f}L{end + 14:.1f} {y:.1f}" stroke="{QUIET}"/>'
        text = _text(end + 18, y + 4, line.name, weight=600 if mine else 400, fill=WOOD if mine else INK)
        return lead + text


def steps(most: float) -> list[float]:
    """Round values from nothing to the first at or over the highest, four to six of them."""
    size = 10.0 ** len(str(int(most))) / 1000
    while True:
        for factor in (1.0, 2.0, 2.5, 5.0):
            step = size * factor
            if most <= 5 * step:
                count = max(1, math.ceil(most / step - 1e-9))
                return [round(step * at, 6) for at in range(count + 1)]
        size *= 10


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights as near to those wanted as keeps them `gap` apart, in the order wanted, within low and high."""
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    placed = list(wanted)
    floor = low
    for at in order:
        placed[at] = max(wanted[at], floor)
        floor = placed[at] + gap
    ceiling = high
    for at in reversed(order):
        placed[at] = min(placed[at], ceiling)
        ceiling = placed[at] - gap
    return placed


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 13,
    weight: int = 400,
    fill: str = INK,
) -> str:
    style = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{fill}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
