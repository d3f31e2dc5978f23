"""Changes and snapshots: what they build is told by digest, and a damaged one builds nothing."""

import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import delta
from sync.content import State, canonical, content_digest, line_digest
from sync.delta import Change, Delete, Item, Reader, Upsert, Vector, applied, between, read, write
from sync.errors import Corrupt, Refused
from sync.snapshot import built, whole
from tests.sync.cast import MARKET, TENANT, state

LIMIT = 10_000_000
names = st.dictionaries(st.text("abcдя-/", min_size=1, max_size=4), st.text(max_size=12), max_size=8)
states = st.builds(lambda found: state(**found), names)


def _change(old: State, new: State, items: list[Item]) -> Change:
    return Change(
        tenant=TENANT,
        market=MARKET,
        from_version=1,
        to_version=2,
        before=old.digest(),
        after=new.digest(),
        items=len(items),
    )


def _stream(old: State, new: State) -> bytes:
    items = between(old, new)
    return b"".join(write(_change(old, new, items), items))


@given(states, states)
def test_delta_leads_from_one_state_to_the_other(old: State, new: State) -> None:
    change, items = read(_stream(old, new), LIMIT)
    reached = applied(old, items)
    assert reached == new
    assert reached.digest() == change.after


@given(states)
def test_state_to_itself_is_no_change(given: State) -> None:
    assert between(given, given) == []


@given(states, states)
def test_applying_a_delta_twice_is_applying_it_once(old: State, new: State) -> None:
    items = between(old, new)
    assert applied(applied(old, items), items) == new


@given(states, st.randoms())
def test_digest_does_not_depend_on_the_order_of_arrival(given: State, dice: object) -> None:
    ids = list(given.lines)
    dice.shuffle(ids)  # type: ignore[attr-defined]
    assert State(given.market, {id: given.lines[id] for id in ids}).digest() == given.digest()


@given(states, states)
def test_digest_tells_states_apart(one: State, other: State) -> None:
    assert (one.digest() == other.digest()) == (one == other)


def test_digest_needs_no_documents_but_the_order_of_ids() -> None:
    given = state(a="A", b="B", я="Я")
    lines = [(id, line_digest(line)) for id, line in given.lines.items()]
    assert content_digest(given.market, lines) == given.digest()
    for wrong in (lines[::-1], [lines[0], lines[0]]):
        with pytest.raises(Refused):
            content_digest(given.market, wrong)


def test_moved_boundary_between_ids_is_another_content() -> None:
    market = b"{}"
    one = content_digest(market, [("a", b"b" * 16)])
    assert one != content_digest(market, [("ab", b"b" * 15)])


def test_line_is_canonical_whatever_the_order_of_its_keys() -> None:
    assert canonical({"b": 1, "a": {"d": 1, "c": 2}}) == canonical({"a": {"c": 2, "d": 1}, "b": 1})


@given(states, states, st.integers(1, 50))
def test_stream_may_come_in_parts_of_any_size(old: State, new: State, size: int) -> None:
    data = _stream(old, new)
    reader = Reader(LIMIT)
    items = [item for at in range(0, len(data), size) for item in reader.feed(data[at : at + size])]
    assert items == between(old, new)
    assert reader.finish().after == new.digest()


def test_any_cut_of_a_stream_is_corrupt() -> None:
    data = _stream(state(a="A"), state(a="B", c="C"))
    for length in range(len(data)):
        with pytest.raises(Corrupt):
            read(data[:length], LIMIT)


def test_something_after_the_end_is_corrupt() -> None:
    with pytest.raises(Corrupt):
        read(_stream(state(), state(a="A")) + b"x", LIMIT)


def test_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(b"\0" * 5_000_000, 9)
    with pytest.raises(Corrupt):
        read(bomb, 100_000)
    grown = state(a="x" * 200_000)
    with pytest.raises(Corrupt) as raised:
        read(_stream(state(), grown), 100_000)
    assert "100000" in raised.value.message


def test_item_that_claims_to_be_huge_is_corrupt() -> None:
    with pytest.raises(Corrupt):
        read(zlib.compress(b"\xff\xff\xff\xff" + b"x" * 100), LIMIT)


def test_line_sent_as_another_provider_is_corrupt() -> None:
    item = Upsert("a", canonical({"id": "b"}))
    with pytest.raises(Corrupt):
        applied(State(), [item])
    change = _change(State(), State(), [item])
    with pytest.raises(Corrupt):
        read(b"".join(write(change, [item])), LIMIT)


@pytest.mark.parametrize("line", [b"", b"{}", b'{"id":5}', b"\xff", b"[" * 100_000])
def test_line_that_is_no_provider_is_corrupt(line: bytes) -> None:
    with pytest.raises(Corrupt):
        applied(State(), [Upsert("a", line)])


def test_item_count_is_kept() -> None:
    change = _change(State(), State(), [Delete("a"), Delete("b")])
    with pytest.raises(Refused):
        list(write(change, [Delete("a")]))
    packed = zlib.compress(b"".join(_framed(value) for value in (change, Delete("a"))))
    with pytest.raises(Corrupt):
        read(packed, LIMIT)


def _framed(value: object) -> bytes:
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(4, "big") + data


@given(states)
def test_snapshot_builds_the_state_from_nothing(given: State) -> None:
    change, items = whole(given, tenant=TENANT, market=MARKET, version=7, embeddings={}, model=None)
    again = read(b"".join(write(change, items)), LIMIT)
    assert built(*again) == given
    assert again[0].from_version == 0


def test_snapshot_carries_embeddings() -> None:
    change, items = whole(
        state(a="A"), tenant=TENANT, market=MARKET, version=1, embeddings={"a": b"\x01\xff"}, model="use"
    )
    assert change.model == "use"
    assert Vector("a", b"\x01\xff") in items
    assert delta.vectors({"b": b"\2", "a": b"\1"}) == [Vector("a", b"\1"), Vector("b", b"\2")]


def test_snapshot_that_builds_something_else_is_corrupt() -> None:
    change, items = whole(state(a="A"), tenant=TENANT, market=MARKET, version=1, embeddings={}, model=None)
    with pytest.raises(Corrupt):
        built(change, items[:-1])
    with pytest.raises(Corrupt):
        built(msgspec.structs.replace(change, from_version=1), items)
