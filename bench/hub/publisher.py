"""The nodes' side in a process of its own: `python -m bench.hub.publisher BROKER FILE OPEN`.

Publishes the batches of a file, at most OPEN unacknowledged by the hub, and prints the seconds from the first
to the acknowledgement of the last.
"""

import queue
import sys
import time
from collections import deque
from pathlib import Path

import msgspec

from bench.hub.load import Message
from cloud.mqtt import Broker, Delivery, Line
from sync import signed
from sync.ack import Ack
from sync.document import decode
from sync.topic import every, parse

PATIENCE_S = 60


def main() -> int:
    broker, path, most = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    waiting = deque(msgspec.msgpack.decode(path.read_bytes(), type=list[Message]))
    heard: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
    with Line(Broker(broker), "nodes", subscribe=(every("ack"),), take=heard.put, receive_limit=1000) as line:
        line.wait()
        print(f"{drive(line, heard, waiting, most):.6f}", flush=True)
    return 0


def drive(line: Line, heard: "queue.SimpleQueue[Delivery]", waiting: "deque[Message]", most: int) -> float:
    """Seconds until every batch is acknowledged."""
    open_: dict[str, deque[int]] = {}
    count = 0
    begun = time.perf_counter()
    while waiting or count:
        while waiting and count < most:
            message = waiting.popleft()
            line.send(message.topic, message.payload)
            open_.setdefault(message.topic, deque()).append(message.upto)
            count += 1
        delivery = heard.get(timeout=PATIENCE_S)
        delivery.done()
        told = decode(signed.peek(delivery.payload, "ack"), Ack)
        outbox = open_[str(parse(delivery.topic)).replace("/ack", "/up")]
        while outbox and outbox[0] <= told.upto:
            outbox.popleft()
            count -= 1
    return time.perf_counter() - begun


if __name__ == "__main__":
    raise SystemExit(main())
