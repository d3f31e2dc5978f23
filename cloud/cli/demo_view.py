"""How the demonstration looks on a terminal: what runs, what the node says, what arrived."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import typer
from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cloud.demo.place import Place
from cloud.demo.store import Seen

Show = Callable[[Mapping[str, int], Seen, Sequence[str]], None]


@contextmanager
def picture(place: Place) -> Iterator[Show]:
    """One that changes, on a terminal."""
    with Live(auto_refresh=False) as live:
        yield lambda running, seen, said: live.update(draw(place, running, seen, said), refresh=True)


@contextmanager
def text(place: Place) -> Iterator[Show]:
    """Lines, when something changes."""
    told: list[str] = []
    before = [Seen()]

    def show(running: Mapping[str, int], seen: Seen, said: Sequence[str]) -> None:
        for line in said[len(told) :]:
            told.append(line)
            typer.echo(line)
        if seen != before[0]:
            before[0] = seen
            typer.echo(_line(seen))

    typer.echo(f"hub {place.hub}, counter {place.node}")
    yield show


def _line(seen: Seen) -> str:
    nodes = ", ".join(
        f"{each.node} {each.state} {'online' if each.online else 'offline'} catalogue {each.catalog}"
        for each in seen.nodes
    )
    counts = f"stored {seen.settled}, questions {seen.turns}, ratings {seen.feedback}, requests {seen.leads}"
    return f"{counts} | {nodes or 'no node yet'}"


def draw(place: Place, running: Mapping[str, int], seen: Seen, said: Sequence[str]) -> Group:
    """Everything, top to bottom."""
    return Group(
        Panel(_where(place), title="Prilavok", title_align="left"),
        Text("running  " + "  ".join(running), style="dim"),
        *(Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in said[-6:]),
        _counts(seen),
        _nodes(seen),
        _turns(seen),
    )


def _where(place: Place) -> Text:
    lines = (
        f"hub        {place.hub}",
        f"counter    {place.node}   ask it something, leave a request: it arrives here",
        f"operator   export XDG_CONFIG_HOME={place.folder / 'operator'}   then: prilavok sync status",
        "Ctrl-C stops everything; the next start goes on from here.",
    )
    return Text("\n".join(lines))


def _counts(seen: Seen) -> Table:
    table = Table(title="On the hub", title_justify="left", box=None, padding=(0, 2, 0, 0))
    counts = {
        "stored and acknowledged": seen.settled,
        "questions": seen.turns,
        "ratings": seen.feedback,
        "requests": seen.leads,
        "health reports": seen.health,
        "in quarantine": seen.quarantine,
    }
    for name in counts:
        table.add_column(name, justify="right")
    table.add_row(*(f"{count:,}" for count in counts.values()))
    return table


def _nodes(seen: Seen) -> Table:
    table = Table(title="Nodes", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in ("node", "state", "there", "catalogue", "waiting"):
        table.add_column(name)
    for node in seen.nodes:
        there = "online" if node.online else "offline"
        table.add_row(node.node, node.state, there, str(node.catalog or "-"), str(node.waiting))
    return table


def _turns(seen: Seen) -> Table:
    table = Table(title="Latest questions, as they arrived", title_justify="left", box=None)
    for name in ("when", "node", "", "question", "found", "by"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for turn in seen.latest:
        when = f"{turn.at.astimezone():%H:%M:%S}"
        table.add_row(when, turn.node, turn.language, turn.question, turn.found, turn.mode)
    return table
