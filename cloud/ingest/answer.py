"""What is said to a node after its records are stored: signed acknowledgements, as many as it takes."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sync import ack
from sync.ack import MOST_ALSO
from sync.key import Signer
from sync.span import Span
from sync.topic import NodeTopic


@dataclass(frozen=True)
class Reply:
    """A message to publish."""

    topic: str
    message: bytes


@dataclass(frozen=True)
class Stored:
    """An outbox after a commit: what is settled in it, what came just now, and the last probe among that."""

    tenant: str
    node: str
    epoch: str
    answered: tuple[Span, ...]
    came: frozenset[int]
    probe: str = ""


def replies(stored: Iterable[Stored], signer: Callable[[str], Signer]) -> Iterator[Reply]:
    """An acknowledgement for each outbox; more than one where what came has more holes than one can name."""
    for each in stored:
        hub = signer(each.tenant)
        topic = str(NodeTopic(each.tenant, each.node, "ack"))
        first = ack.acknowledge(each.tenant, each.node, each.epoch, each.answered, each.came, each.probe)
        yield Reply(topic, ack.write(first, hub))
        rest = sorted(_beyond(each.came, first.settled()))
        for at in range(0, len(rest), MOST_ALSO):
            part = rest[at : at + MOST_ALSO]
            more = ack.acknowledge(each.tenant, each.node, each.epoch, each.answered, part)
            yield Reply(topic, ack.write(more, hub))


def _beyond(numbers: Iterable[int], settled: tuple[Span, ...]) -> Iterator[int]:
    """The numbers that are in none of the spans, which are in order."""
    firsts = [span.first for span in settled]
    for number in numbers:
        at = bisect_right(firsts, number) - 1
        if at < 0 or number > settled[at].last:
            yield number
