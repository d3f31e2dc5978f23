"""The load: sealed records of usual size from several nodes, in signed batches, made beforehand."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from bench.record import turn
from sync.batch import Sender, Sent
from sync.clock import Stamp
from sync.identity import new_id
from sync.key import NodeKeys, system_random
from sync.record import Record
from sync.seal import DataKey, Sealer
from sync.topic import NodeTopic

TENANT, MARKET = "bench", "city"
SESSION_TURNS = 8
BOOT = new_id(system_random)


class Message(msgspec.Struct, array_like=True):
    """A batch to publish, and up to which number it settles its node."""

    topic: str
    payload: bytes
    upto: int


@dataclass(frozen=True)
class Node:
    """Who sends."""

    name: str
    epoch: str
    keys: NodeKeys


def nodes(count: int) -> list[Node]:
    """New ones, each with an outbox of its own."""
    return [
        Node(f"node-{number}", new_id(system_random), NodeKeys.of(os.urandom(32))) for number in range(count)
    ]


def frames(node: Node, log_key: bytes, count: int) -> Iterator[Sent]:
    """So many frames: a key, some turns, the next key."""
    sealer = Sealer(TENANT, node.name, node.epoch, log_key, node.keys.signer)
    session = DataKey.born()
    for seq in range(1, count + 1):
        if seq % (SESSION_TURNS + 1) == 1:
            session = DataKey.born()
            yield Sent(seq, sealer.key(session, seq, "chat"))
        else:
            yield Sent(seq, sealer.record(Record(at=stamp(), what=turn(seq, SESSION_TURNS)), session, seq))


def messages(node: Node, sent: list[Sent]) -> Iterator[Message]:
    """The frames in batches of at most 100 KiB."""
    sender = Sender(TENANT, node.name, node.epoch, node.keys.signer)
    topic, at = str(NodeTopic(TENANT, node.name, "up")), 0
    while at < len(sent):
        packed = sender.pack(sent[at : at + 2_000], stamp(), low=1)
        at += packed.taken
        yield Message(topic, packed.message, sent[at - 1].seq)


def stamp() -> Stamp:
    """Now."""
    return Stamp(
        boot=BOOT,
        mono_ms=time.monotonic_ns() // 1_000_000,
        wall_ms=time.time_ns() // 1_000_000,
        trusted=True,
    )
