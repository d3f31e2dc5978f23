"""A hundred nodes follow one market through publishes, cuts and power cuts, and all end where its head is.

What nodes do is the node's own: its trust, fetching, applying and disk. Hub and broker are simulated, so that
one seed is one story.
"""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.catalog.change import content_of
from edge.catalog.store import open_catalog
from edge.hub_side import TABLES
from edge.ledger import Ledger
from edge.uplink.apply import Order, Outcome, carry_out
from edge.uplink.clock import Clocks
from edge.uplink.identity import IdentityStore
from edge.uplink.join import join
from edge.uplink.market import Market, Place
from edge.uplink.pace import Pace
from edge.uplink.standing import Standing
from sync import failpoint
from sync.clock import Now
from sync.content import State, canonical
from sync.errors import PrilavokError, Unavailable
from sync.head import Have
from sync.topic import HeadTopic
from tests.simulators.hub import HubSimulator
from tests.simulators.shelf import Shelf, ShelfLine
from tests.sync.cast import MARKET, TENANT

NODES, PROVIDERS, PUBLICATIONS = 100, 40, 14
HEAD = str(HeadTopic(TENANT, MARKET))
PLACES = ("catalog.fetched", "catalog.before_apply", "catalog.before_commit", "catalog.applied")
ROUNDS = 400


class PowerCut(BaseException):
    """Ends a node at a place; no error of the program's."""


@dataclass
class Inline:
    """The `Applier` in this process, so that a power cut at a named place in it is one of this node."""

    busy: bool = False
    _came: Outcome | PrilavokError | None = None

    def start(self, order: Order) -> None:
        self.busy = True
        try:
            done = carry_out(order)
            self._came = Outcome(have=done.have, upserts=done.upserts, deletes=done.deletes)
        except PrilavokError as error:
            self._came = error

    def outcome(self) -> Outcome | None:
        self.busy = False
        if isinstance(self._came, PrilavokError):
            raise self._came
        return self._came

    def stop(self) -> None:
        """Nothing is ever under way between two calls."""


@dataclass
class Box:
    """One node's disk. `versions` are those that it was seen with, in order."""

    folder: Path
    now_s: float = 0.0
    versions: list[int] = field(default_factory=list)
    refusals: set[str] = field(default_factory=set)

    def awake(self, shelf: Shelf, dice: random.Random, lives: int | None) -> bool:
        """From a start to a cut, or until the head is reached; whether it is."""
        line = ShelfLine(shelf, dice, lives)
        try:
            with self._running() as market:
                return self._follow(market, line)
        except PowerCut:
            return False
        finally:
            line.cut()
            failpoint.disarm()
            self.look()

    def _follow(self, market: Market, line: ShelfLine) -> bool:
        try:
            line.subscribe(market.topics())
            for _ in range(ROUNDS):
                self.now_s += 5.0
                for message in line.wait(0):
                    self._hand_over(market, line, message)
                market.step(line)
                if self._there(market):
                    return True
        except Unavailable:
            pass
        return False

    def _hand_over(self, market: Market, line: ShelfLine, message: object) -> None:
        try:
            market.take(line, message)  # type: ignore[arg-type]
        except Unavailable:
            raise
        except PrilavokError as error:
            self.refusals.add(error.code)

    def _there(self, market: Market) -> bool:
        head, have = market.standing.trust.head, market.place.have()
        return head is not None and have is not None and have.version == head.version

    @contextmanager
    def _running(self) -> Iterator[Market]:
        """What `hub_side.open_side` opens for a market, without the thread that drives it."""
        ledger, files = Ledger(self.folder / "node.db", TABLES), IdentityStore(self.folder)
        catalog = open_catalog(self.folder)
        identity = files.read()
        assert identity is not None
        try:
            yield Market(
                standing=Standing.open(files, identity, ledger, Clocks(lambda: True)),
                place=Place(self.folder, self.folder / "blob", lambda: True, catalog.published),
                applier=Inline(),
                pace=Pace,
                clock=lambda: self.now_s,
            )
        finally:
            ledger.close()
            catalog.database.close()

    def look(self) -> Have | None:
        """The state on the disk, as somebody sees it who opens the file: what it says is what it holds."""
        catalog = open_catalog(self.folder)
        try:
            have = catalog.published()
            with catalog.database.reading() as connection:
                assert have is None or content_of(connection) == have.content
        finally:
            catalog.database.close()
        if have is not None and have.version not in self.versions[-1:]:
            self.versions.append(have.version)
        return have


@pytest.fixture
def hub() -> HubSimulator:
    return HubSimulator(lambda: int(time.time() * 1000), url="http://127.0.0.1:1")


def boxes(hub: HubSimulator, folder: Path) -> list[Box]:
    """Nodes that joined; the file of each is used up."""
    made = []
    for number in range(NODES):
        data = folder / f"{number}"
        data.mkdir()
        (data / "provisioning.json").write_bytes(hub.provision("mqtt://127.0.0.1:1", node=f"n{number}"))
        join(data / "provisioning.json", IdentityStore(data), Now(hub.wall_ms(), trusted=True))
        made.append(Box(data))
    return made


def changed(before: State, turn: int, dice: random.Random) -> State:
    """Some lines new, some other, some gone; each with text that does not pack, for blobs of many pieces."""
    lines = dict(before.lines)
    for number in dice.sample(range(PROVIDERS), PROVIDERS if turn == 0 else 6):
        text = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=6_000))
        line = {"id": f"p{number}", "categories": ["craft/plumber"], "name": f"Plumber {turn}", "extra": text}
        lines[f"p{number}"] = canonical(line)
    for id in dice.sample(sorted(lines), 2 if turn else 0):
        del lines[id]
    name = {"en": "Riga" if turn < PUBLICATIONS // 2 else "Riga and around"}
    return State(canonical({"id": MARKET, "name": name, "languages": ["en"]}), lines)


@pytest.mark.parametrize("seed", [1])
def test_all_end_where_the_head_is_whatever_happens_on_the_way(
    seed: int, hub: HubSimulator, tmp_path: Path
) -> None:
    dice, shelf, state = random.Random(seed), Shelf(), State()
    nodes, heads, cuts = boxes(hub, tmp_path), list[bytes](), 0
    for turn in range(PUBLICATIONS):
        state = changed(state, turn, dice)
        heads.append(hub.publisher.publish(state, snapshot=turn % 5 == 0, clock_ms=hub.wall_ms()))
        shelf.fill(hub.publisher, HEAD, heads[-1])
        for node in dice.sample(nodes, 25):
            if dice.random() < 0.4:
                failpoint.arm(f"{dice.choice(PLACES)}:{dice.randint(1, 2)}", power_cut)
            cuts += not node.awake(shelf, dice, dice.choice([None, 1, 2, 4, 8]))
        happens(turn, shelf, hub, heads, nodes, dice)
    for node in nodes:
        # A head that is lost on its way is heard of at the next connection.
        assert any(node.awake(shelf, dice, None) and node.versions[-1] == PUBLICATIONS for _ in range(9))
    assert cuts > PUBLICATIONS
    assert {node.look() for node in nodes} == {
        Have(version=PUBLICATIONS, content=state.digest()),
    }
    assert all(node.versions == sorted(node.versions) for node in nodes)
    assert "head.rollback" in set().union(*(node.refusals for node in nodes))


def happens(
    turn: int, shelf: Shelf, hub: HubSimulator, heads: list[bytes], nodes: list[Box], dice: random.Random
) -> None:
    """Beside publishes and cuts: a broker that lost all, one put back from a copy, a node with a new disk."""
    if turn == 5:
        shelf.lose()
    if turn == 8:
        shelf.put(HEAD, heads[2])
        for node in dice.sample(nodes, 15):
            node.awake(shelf, dice, 3)
    if turn == 10:
        renewed = dice.choice(nodes)
        for path in (*renewed.folder.glob("catalog.db*"), *renewed.folder.glob("node.db*")):
            path.unlink()
        shutil.rmtree(renewed.folder / "blob", ignore_errors=True)
        renewed.versions.clear()


def power_cut() -> None:
    raise PowerCut
