"""When the hub is asked, and which answers count."""

from dataclasses import dataclass, field

from edge.outbox.recall import Recalled
from edge.uplink.probe import EVERY_S, SOON_S, Probe
from sync.ack import Ack
from sync.span import Span
from tests.sync.cast import EPOCH, NODE, TENANT


@dataclass
class Memory:
    """Notes what is asked."""

    asked: list[tuple[str, str, tuple[Span, ...]]] = field(default_factory=list)
    known: list[str] = field(default_factory=lambda: [EPOCH])

    def epochs(self) -> list[str]:
        return self.known

    def question(self, epoch_id: str, probe: str, forgotten: tuple[Span, ...] = ()) -> bytes | None:
        self.asked.append((epoch_id, probe, forgotten))
        return b"asked"


@dataclass
class Time:
    """A clock set by hand."""

    s: float = 0.0

    def __call__(self) -> float:
        return self.s


def _said(upto: int, probe: str = "", holes: tuple[Span, ...] = ()) -> Ack:
    said = Ack(tenant=TENANT, node=NODE, epoch=EPOCH, upto=upto, seen=upto, holes=holes)
    return Ack(**{**_fields(said), "probe": probe}) if probe else said


def _fields(said: Ack) -> dict[str, object]:
    return {name: getattr(said, name) for name in ("tenant", "node", "epoch", "upto", "seen", "holes")}


def _probe() -> tuple[Probe, Memory, Time]:
    memory, time = Memory(), Time()
    return Probe(memory, time), memory, time


def test_the_hub_is_asked_when_a_connection_begins_and_now_and_then() -> None:
    probe, memory, time = _probe()
    probe.connected()
    assert probe.next() == b"asked"
    assert probe.next() is None
    time.s = EVERY_S - 1
    assert probe.next() is None
    time.s = EVERY_S
    assert probe.next() == b"asked"
    probe.connected()
    assert probe.next() == b"asked"
    assert len({id for _, id, _ in memory.asked}) == 3


def test_only_the_answer_to_the_latest_question_counts_and_once() -> None:
    probe, memory, _ = _probe()
    probe.next()
    first = memory.asked[-1][1]
    probe.connected()
    probe.next()
    latest = memory.asked[-1][1]
    assert not probe.heard(_said(5), idle=True)
    assert not probe.heard(_said(5, first), idle=True)
    assert probe.heard(_said(5, latest), idle=True)
    assert not probe.heard(_said(5, latest), idle=True)


def test_a_hub_that_counts_less_than_before_is_asked_soon() -> None:
    probe, memory, time = _probe()
    probe.next()
    assert probe.heard(_said(9, memory.asked[-1][1]), idle=True)
    probe.heard(_said(8), idle=True)
    assert probe.next() is None
    time.s = SOON_S
    assert probe.next() == b"asked"


def test_a_hub_that_misses_what_is_not_under_way_is_asked_soon() -> None:
    probe, _, time = _probe()
    probe.next()
    probe.heard(_said(9, holes=(Span(10, 12),)), idle=False)
    time.s = SOON_S
    assert probe.next() is None
    probe.heard(_said(9, holes=(Span(10, 12),)), idle=True)
    assert probe.next() == b"asked"


def test_the_hub_is_told_what_is_here_no_more_and_asked_until_it_has_the_rest() -> None:
    probe, memory, time = _probe()
    probe.next()
    probe.found(EPOCH, Recalled(records=3, forgotten=(Span(1, 4),)))
    assert (probe.refilled, probe.forgotten) == (3, 4)
    time.s = SOON_S
    assert probe.next() == b"asked"
    assert memory.asked[-1][2] == (Span(1, 4),)
    probe.found(EPOCH, Recalled())
    time.s = SOON_S * 3
    assert probe.next() is None


def test_each_epoch_is_asked_about_but_those_of_which_the_hub_has_more() -> None:
    probe, memory, _ = _probe()
    memory.known = ["a" * 16, "b" * 16, EPOCH]
    while probe.next({"a" * 16}) is not None:
        pass
    assert {epoch for epoch, *_ in memory.asked} == {"b" * 16, EPOCH}
