"""A node's process without its web server: records, outbox and uplink as `serve` opens them, over a pipe.

    python -m bench.chaos.node FOLDER [--believe-broker]

One JSON object a line. In: `{"say": ID, "kind": "turn" | "rating" | "lead", "session": NAME}`,
`{"clock": SECONDS}` moves this process's wall clock, `{"ask": true}` asks what waits. Out: `{"kept": ID}`
once the record is on the disk, `{"failed": ID, "code": CODE}`, `{"waiting": N, "gone": N}`. Patience is
shortened, so that an hour's waiting fits into seconds. The environment may name a place to die at
(sync/failpoint.py). End of input ends it.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.chaos.believe import believe
from edge import log
from edge.answer.turn import Done, Grounding
from edge.chat.record import Rated, Turn
from edge.lead.store import Sealed
from edge.membership import Membership, Opened
from edge.settings import Settings
from edge.uplink.clock import Clocks
from sync import failpoint
from sync.errors import PrilavokError
from sync.head import Have
from sync.record import Versions

VERSIONS = Versions(node="1")
BACKOFF_S, SILENCE_S = 1.5, 3.0
PROBE_S, DOUBT_S = 2.0, 0.5
OUTBOX_BYTES = 1024**3
LOOK_S = 0.05
SEALED, ENC, LEAD_KEY = bytes(200), bytes(32), "0" * 16


class Told(msgspec.Struct):
    """A line of input."""

    say: str = ""
    kind: str = "turn"
    session: str = ""
    clock: float | None = None
    ask: bool = False


@dataclass
class Wall:
    """A wall clock that can be put wrong; nobody keeps it right."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return max(0.0, time.time() + self.ahead_s)


@dataclass(frozen=True)
class NoCatalog:
    """What the uplink reads of a node that answers nothing and takes no catalogue."""

    open_now: bool = False

    def versions(self) -> Versions:
        return VERSIONS

    def published(self) -> Have | None:
        return None

    def health(self) -> None:
        """Nothing to report: callers say everything that is counted."""

    def support_files(self) -> Mapping[str, bytes]:
        return {}

    def embedding(self) -> tuple[str, int] | None:
        return None


@dataclass
class Node:
    """One run of the process."""

    membership: Membership
    wall: Wall
    opened: Opened

    async def obey(self, told: Told) -> None:
        """Does what a line says, and answers it."""
        if told.clock is not None:
            self.wall.ahead_s = told.clock
        if told.ask:
            usage = self.opened.outbox.usage().values()
            gone = sum(each.dropped + each.expired + each.refused + each.erased for each in usage)
            answer({"waiting": sum(each.records for each in usage), "gone": gone})
        if told.say:
            try:
                await self._keep(told)
                answer({"kept": told.say})
            except PrilavokError as error:
                answer({"failed": told.say, "code": error.code})

    async def _keep(self, told: Told) -> None:
        recorder = self.opened.recorder
        if told.kind == "turn":
            done = Done(Grounding(), "")
            await recorder.turn(Turn(told.say, told.session, f"a question, {told.say}", done))
        elif told.kind == "rating":
            await recorder.rated(Rated(told.say, told.session, 1, "", "template", "find"))
        else:
            lead = Sealed(told.say, "", "1", "en", LEAD_KEY, ENC, SEALED)
            await asyncio.to_thread(self.opened.requests.add, lead)


def answer(said: dict[str, object]) -> None:
    """One line, whole."""
    os.write(1, msgspec.json.encode(said) + b"\n")


async def _listen(node: Node) -> None:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    decoder, tasks = msgspec.json.Decoder(Told), set[asyncio.Task[None]]()
    while line := await reader.readline():
        task = asyncio.create_task(node.obey(decoder.decode(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def _opened(membership: Membership) -> Opened:
    """What the membership opened, once it could."""
    while membership.opened is None:
        time.sleep(LOOK_S)
    return membership.opened


def main(folder: Path, *, credulous: bool) -> None:
    log.configure("warning")
    for plan in filter(None, os.environ.get("PRILAVOK_FAILPOINT", "").split(",")):
        failpoint.arm(plan, lambda: os.kill(os.getpid(), signal.SIGKILL))
    wall = Wall()
    settings = Settings.load(
        data_dir=folder,
        offline=True,
        outbox_bytes=OUTBOX_BYTES,
        outbox_settled_share=0.0 if credulous else 0.25,
    )
    membership = Membership(settings, NoCatalog(), Clocks(synchronised=lambda: False, wall=wall))
    membership.start()
    opened = _opened(membership)
    opened.uplink.backoff.most_s, opened.uplink.sender.silence_s = BACKOFF_S, SILENCE_S
    opened.uplink.probe.every_s, opened.uplink.probe.soon_s = PROBE_S, DOUBT_S
    if credulous:
        believe(opened.uplink)
    opened.uplink.start()
    answer({"ready": True})
    try:
        asyncio.run(_listen(Node(membership, wall, opened)))
    finally:
        membership.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), credulous="--believe-broker" in sys.argv)
