"""A node's membership without a web server around it: records, outbox and uplink over real files."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.catalog.store import Catalog, open_catalog
from edge.membership import Membership
from edge.outbox.service import Outbox
from edge.settings import Settings
from edge.uplink.clock import Clocks
from sync.content import State, canonical
from sync.head import Have
from sync.record import HealthReport, Payload, Versions
from tests.simulators.hub import HubSimulator
from tests.sync.cast import MARKET
from tests.sync.sample import HEALTH, TURN

VERSIONS = Versions(node="1", catalog=3)


@dataclass
class Local:
    """A node whose catalogue is a file that nobody answers from; `model` is what it embeds with."""

    folder: Path
    model: tuple[str, int] | None = None
    open_now: bool = True

    def versions(self) -> Versions:
        return VERSIONS

    def embedding(self) -> tuple[str, int] | None:
        return self.model

    def __post_init__(self) -> None:
        self.catalog = open_catalog(self.folder)

    def health(self) -> HealthReport | None:
        return HEALTH

    def support_files(self) -> Mapping[str, bytes]:
        return {"health.json": b"{}"}

    def published(self) -> Have | None:
        return self.catalog.published()


@contextmanager
def member(
    folder: Path, file: bytes | None = None, clocks: Clocks | None = None, **settings: object
) -> Iterator[Membership]:
    """A started membership; a provisioning file is left for it first where one is given."""
    folder.mkdir(exist_ok=True)
    if file is not None:
        (folder / "provisioning.json").write_bytes(file)
    local = Local(folder)
    made = Membership(Settings.load(data_dir=folder, **settings), local, clocks or Clocks(lambda: True))
    made.start()
    try:
        yield made
    finally:
        made.close()
        local.catalog.database.close()


def catalog_of(membership: Membership) -> Catalog:
    """The catalogue that the node answers from."""
    assert isinstance(membership.local, Local)
    return membership.local.catalog


def box(membership: Membership) -> Outbox:
    """The outbox of a node that joined."""
    assert membership.opened is not None
    return membership.opened.outbox


def say(membership: Membership, *payloads: Payload, session: str = "s") -> None:
    """Keeps records; on the disk when it returns."""
    outbox = box(membership)
    for future in [outbox.record(payload, outbox.sessions.of(session)) for payload in payloads]:
        assert future.result(20)


def turn(number: int) -> Payload:
    """A turn that can be told from others."""
    return msgspec.structs.replace(TURN, answer=f"chatcmpl-{number}", turn=number)


def market(count: int, word: str = "Plumber", **more: object) -> State:
    """A market of so many providers."""
    lines = {
        f"p-{number}": canonical(
            {
                "id": f"p-{number}",
                "categories": ["craft/plumber"],
                "name": f"{word} {number}",
                "city": "Riga",
                "unknown": [number],
            }
        )
        for number in range(count)
    }
    return State(canonical({"id": MARKET, "name": {"en": "Riga"}, "languages": ["en", "lv"], **more}), lines)


def content(node: Membership) -> str | None:
    have = catalog_of(node).published()
    return have.content if have else None


def names(node: Membership) -> list[str]:
    return [provider.name for _, provider in catalog_of(node).providers()]


def trouble(node: Membership) -> str:
    assert node.opened is not None
    found = node.opened.market.trouble
    return found.code if found else ""


def arrives(hub: HubSimulator, node: Membership, state: State) -> None:
    hub.wait_for(lambda: content(node) == state.digest(), "the catalogue", 60)
