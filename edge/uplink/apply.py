"""`python -m edge.uplink.apply`: applies a publication in a process of its own, so that answers never wait.

    standard input     one Order in MessagePack, its length before it; then nothing until the node goes
    standard output    one Outcome in JSON

The node's interpreter does nothing meanwhile; this one runs at a lower priority, gives its memory back by
ending, and ends at once when the node does, with everything rolled back.
"""

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from edge.catalog.change import Applied, Published, Vectors
from edge.catalog.store import open_catalog
from edge.catalog.taxonomy import Taxonomy
from edge.database import Connection, driver
from edge.search import vector_index
from edge.search.text_index import TextIndex
from edge.uplink.blob import Blob
from sync import failpoint
from sync.errors import PrilavokError
from sync.head import Have, Head, plan
from sync.provider import Provider

LENGTH_BYTES = 4
ORDER_LIMIT_BYTES = 1024 * 1024
NICE = 19
PLAN = "PRILAVOK_FAILPOINT"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to apply, to what, from which blobs. `whole`: by the snapshot, whatever else there is.

    `model` and `dimension` are of the node's embedding model.
    """

    data_dir: str
    blobs: str
    head: Head
    have: Have | None
    whole: bool = False
    model: str | None = None
    dimension: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of it: the state, or the error's kind and code."""

    have: Have | None = None
    upserts: int = 0
    deletes: int = 0
    vectors: int = 0
    seconds: float = 0.0
    peak_kib: int = 0
    kind: str = ""
    code: str = ""
    message: str = ""
    hint: str = ""


def carry_out(order: Order) -> Applied:
    """Applies the order. Errors as in `Published.apply`."""
    blobs = Path(order.blobs)
    words = TextIndex(Taxonomy.load())
    catalog = open_catalog(Path(order.data_dir), (words,))
    try:
        return Published(
            catalog=catalog,
            indexes=(words,),
            head=order.head,
            steps=plan(order.head, None if order.whole else order.have).steps,
            have=order.have,
            open=lambda step: Blob(blobs, step.blob).read(),
            vectors=_vectors(order),
        ).apply()
    finally:
        catalog.database.close()


def _vectors(order: Order) -> Vectors | None:
    model, dimension = order.model, order.dimension
    if model is None or not dimension:
        return None

    def put(connection: Connection, rowid: int, digest: bytes, provider: Provider, values: bytes) -> None:
        table = vector_index.open_table(connection, model, dimension)
        vector_index.put_int8(connection, table, rowid, digest, provider, values)

    return Vectors(model, dimension, put)


def read_order(stream: BinaryIO) -> Order:
    """The order that a node sends."""
    size = int.from_bytes(stream.read(LENGTH_BYTES), "big")
    return msgspec.msgpack.decode(stream.read(min(size, ORDER_LIMIT_BYTES)), type=Order)


def write_order(order: Order) -> bytes:
    """The order as it is sent."""
    data = msgspec.msgpack.encode(order)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def _end_with(stream: BinaryIO) -> None:
    """Ends this process when the other end is gone."""

    def watch() -> None:
        stream.read(1)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _peak_kib() -> int:
    """The most memory this program has held; the system's own figure would count who started it, too."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _arm() -> None:
    """For fault tests: a place in here takes the node down with this process, as a power cut would."""

    def cut() -> None:
        os.kill(os.getppid(), 9)
        os.kill(os.getpid(), 9)

    if place := os.environ.get(PLAN):
        failpoint.arm(place, cut)


def step_back() -> None:
    """Leaves the processors to all others: this process has what is left, where the system can (Linux)."""
    os.nice(NICE)
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def main() -> int:
    step_back()
    driver()
    _arm()
    begun = time.perf_counter()
    order = read_order(sys.stdin.buffer)
    _end_with(sys.stdin.buffer)
    try:
        done = carry_out(order)
        outcome = Outcome(
            have=done.have,
            upserts=done.upserts,
            deletes=done.deletes,
            vectors=done.vectors,
            seconds=round(time.perf_counter() - begun, 3),
            peak_kib=_peak_kib(),
        )
    except PrilavokError as error:
        kind = type(error).__name__
        outcome = Outcome(kind=kind, code=error.code, message=error.message, hint=error.hint)
    sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
    sys.stdout.buffer.flush()
    os._exit(0)  # the watching thread still reads


if __name__ == "__main__":
    main()
