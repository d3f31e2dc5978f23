"""The way from what a node has to the head: the cheapest, and over right states only."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import head, signed
from sync.blob import BlobRef, check, read_index
from sync.content import State
from sync.delta import applied, read
from sync.document import MESSAGE_LIMIT_BYTES, decode
from sync.errors import Corrupt, Missing
from sync.head import DeltaRef, Have, Head, SnapshotRef
from sync.signed import Signatories
from tests.sync.cast import CATALOG, Publisher, state

STATES = (state(a="A"), state(a="A", b="B"), state(b="C"), state(b="C", d="D"))


def _head(message: bytes) -> Head:
    body = signed.verify(head.unpack(message).head, "head", Signatories((CATALOG.public,)))
    return decode(body, Head)


def _published(*states: State, snapshot_at: int = 0) -> tuple[Publisher, Head]:
    hub = Publisher()
    for number, each in enumerate(states, 1):
        message = hub.publish(each, snapshot=number <= snapshot_at or number == 1)
    return hub, _head(message)


def _followed(hub: Publisher, said: Head, have: Have | None, before: State) -> State:
    """A node that fetches what the plan says, piece by piece."""
    for step in head.plan(said, have).steps:
        made = hub.blobs[step.blob.digest]
        index = read_index(step.blob, made.pieces[0])
        data = b"".join(
            check(step.blob, index, piece, made.pieces[piece]) for piece in range(1, len(index.pieces) + 1)
        )
        change, items = read(data, step.blob.unpacked)
        head.suits(step, said, change)
        before = applied(State() if isinstance(step, SnapshotRef) else before, items)
        assert before.digest() == change.after
    assert head.arrived(said, before.digest()) == Have(version=said.version, content=said.content)
    return before


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_node_of_any_version_gets_to_the_head(version: int) -> None:
    hub, said = _published(*STATES)
    have = Have(version=version, content=STATES[version - 1].digest())
    assert _followed(hub, said, have, STATES[version - 1]) == STATES[-1]


def test_new_node_gets_there_too() -> None:
    hub, said = _published(*STATES, snapshot_at=2)
    assert [type(step) for step in head.plan(said, None).steps] == [SnapshotRef, DeltaRef, DeltaRef]
    assert _followed(hub, said, None, State()) == STATES[-1]


def test_node_that_is_astray_takes_the_snapshot() -> None:
    hub, said = _published(*STATES)
    astray = state(x="X")
    have = Have(version=3, content=astray.digest())
    assert isinstance(head.plan(said, have).steps[0], SnapshotRef)
    assert _followed(hub, said, have, astray) == STATES[-1]


def test_content_that_is_there_already_needs_nothing() -> None:
    _, said = _published(STATES[0], STATES[1], STATES[0])
    assert head.plan(said, Have(version=1, content=STATES[0].digest())).steps == ()


def test_dear_deltas_lose_against_a_cheap_snapshot() -> None:
    _, said = _published(*STATES)
    assert said.snapshot is not None
    deltas = tuple(
        msgspec.structs.replace(ref, blob=msgspec.structs.replace(ref.blob, size=10**6))
        for ref in said.deltas
    )
    cheap = msgspec.structs.replace(said.snapshot, version=4, content=said.content)
    dear = msgspec.structs.replace(said, deltas=deltas, snapshot=cheap)
    have = Have(version=1, content=STATES[0].digest())
    assert head.plan(dear, have).steps == (cheap,)


def test_the_snapshot_that_a_node_stands_at_is_not_fetched_again() -> None:
    _, said = _published(*STATES)
    assert said.snapshot is not None
    first = SnapshotRef(
        version=said.deltas[0].from_version, content=said.deltas[0].before, blob=said.snapshot.blob
    )
    at_first = Have(version=first.version, content=first.content)
    steps = head.plan(msgspec.structs.replace(said, snapshot=first), at_first).steps
    assert all(isinstance(step, DeltaRef) for step in steps)


def test_head_without_a_way_says_so() -> None:
    _, said = _published(*STATES)
    bare = msgspec.structs.replace(said, snapshot=None)
    with pytest.raises(Missing) as raised:
        head.plan(bare, None)
    assert raised.value.code == "head.no_way"


edges = st.builds(
    lambda first, step, size: DeltaRef(
        from_version=first,
        to_version=first + step,
        before=f"{first:064x}",
        after=f"{first + step:064x}",
        blob=BlobRef(digest="0" * 64, size=size, unpacked=size),
    ),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(1, 100),
)


@given(st.lists(edges, max_size=12))
@settings(max_examples=200)
def test_plan_is_the_cheapest_of_all_ways(deltas: list[DeltaRef]) -> None:
    said = msgspec.structs.replace(
        _published(*STATES)[1], version=6, content=f"{6:064x}", snapshot=None, deltas=tuple(deltas)
    )

    def cheapest(version: int) -> float:
        if version == 6:
            return 0
        ways = [ref.blob.size + cheapest(ref.to_version) for ref in deltas if ref.from_version == version]
        return min(ways, default=float("inf"))

    best = cheapest(1)
    have = Have(version=1, content=f"{1:064x}")
    if best == float("inf"):
        with pytest.raises(Missing):
            head.plan(said, have)
    else:
        assert head.plan(said, have).size == best


def test_head_of_a_whole_season_fits_a_message() -> None:
    hub, said = _published(*STATES)
    many = tuple(msgspec.structs.replace(said.deltas[0]) for _ in range(head.MOST_DELTAS))
    big = msgspec.structs.replace(said, deltas=many)
    message = head.write(big, [hub.keys[0]] * 40, CATALOG)
    assert len(message) < MESSAGE_LIMIT_BYTES
    assert len(head.unpack(message).keys) == head.MOST_KEY_SETS


def test_content_that_came_out_otherwise_is_corrupt() -> None:
    _, said = _published(*STATES)
    with pytest.raises(Corrupt):
        head.arrived(said, STATES[0].digest())
