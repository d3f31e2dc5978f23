"""A visitor at a real node that belongs to a simulated hub: what was answered must arrive there."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.node import Node, running
from edge.lead.consent import load
from sync.content import State, canonical
from sync.record import ChatTurn, Feedback, LeadRequest
from tests.simulators.hub import HubSimulator
from tests.simulators.hub_key import HubKey
from tests.sync.cast import MARKET

FLAGS = ("--generator", "none", "--embedding", "none")
QUICK = {"PRILAVOK_HTTPS": "false"}
WAIT_S = 60.0


def market(count: int, name: str = "Plumber") -> State:
    """A market of so many plumbers."""
    lines = {
        f"p-{number}": canonical(
            {"id": f"p-{number}", "categories": ["craft/plumber"], "name": f"{name} {number}", "city": "Riga"}
        )
        for number in range(count)
    }
    return State(canonical({"id": MARKET, "name": {"en": "Riga"}, "languages": ["en"]}), lines)


@contextmanager
def serving(data_dir: Path, **environment: str) -> Iterator[Node]:
    """A node with no model, so that it starts at once."""
    with running(data_dir, *FLAGS, env={**QUICK, **environment}) as node:
        yield node


def joined(data_dir: Path, hub: HubSimulator, broker: str) -> Path:
    """A data folder with a provisioning file, as a stick would bring it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "provisioning.json").write_bytes(hub.provision(broker))
    return data_dir


@dataclass
class Visitor:
    """Remembers what the node acknowledged; `tried` is everything else that it was asked."""

    lead_key: HubKey
    turns: dict[str, str] = field(default_factory=dict)
    ratings: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    tried: int = 0

    def ask(self, node: Node, text: str, session: str = "visitor") -> str:
        """The answer's text; its id is remembered once it is whole."""
        self.tried += 1
        body = {"model": "prilavok", "session": session, "messages": [{"role": "user", "content": text}]}
        reply = httpx.post(f"{node.url}/v1/chat/completions", json=body, timeout=WAIT_S)
        reply.raise_for_status()
        said = reply.json()
        self.turns[said["id"]] = text
        return str(said["choices"][0]["message"]["content"])

    def rate(self, node: Node, answer: str, reason: str = "") -> None:
        body = {"answer_id": answer, "score": 1, "reason": reason}
        httpx.post(f"{node.url}/api/feedback", json=body, timeout=WAIT_S).raise_for_status()
        self.ratings.append(answer)

    def request(self, node: Node, contact: bytes = b"{}", id: str | None = None) -> str:
        """Leaves a sealed contact for a person at the counter."""
        id, version = id or secrets.token_hex(16), load(None).version
        body = {
            "id": id,
            "provider": "",
            "consent": {"version": version, "language": "en"},
            "envelope": self.lead_key.seal(contact, id, "", version),
        }
        httpx.post(f"{node.url}/api/lead", json=body, timeout=WAIT_S).raise_for_status()
        if id not in self.leads:
            self.leads.append(id)
        return id

    def missing(self, hub: HubSimulator) -> dict[str, set[str]]:
        """What was acknowledged here and has not arrived there."""
        records = hub.records()
        return {
            "turns": set(self.turns) - {each.answer for each in records if isinstance(each, ChatTurn)},
            "ratings": set(self.ratings) - {each.answer for each in records if isinstance(each, Feedback)},
            "leads": set(self.leads) - {each.id for each in records if isinstance(each, LeadRequest)},
        }

    def all_there(self, hub: HubSimulator) -> bool:
        return not any(self.missing(hub).values())


def twice(hub: HubSimulator) -> list[str]:
    """Ids that arrived more than once."""
    records = hub.records()
    ids = [each.answer for each in records if isinstance(each, ChatTurn)]
    ids += [each.id for each in records if isinstance(each, LeadRequest)]
    return sorted({id for id in ids if ids.count(id) > 1})


def fresh(data_dir: Path) -> bytes:
    """Every byte of every file in a folder, one after the other."""
    files = (Path(folder) / name for folder, _, names in os.walk(data_dir) for name in names)
    return b"\0".join(path.read_bytes() for path in sorted(files) if path.is_file())
