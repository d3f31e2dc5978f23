"""Commands reach one node, once, in time, from the hub."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import command, signed
from sync.command import MOST_KNOWN, Action, Known, Taken
from sync.errors import Conflict, Corrupt, PrilavokError, Refused
from sync.signed import Signatories
from tests.sync.cast import CATALOG, DAY_MS, HUB, NODE, START_MS, TENANT, at, flips, signer
from tests.sync.document import ACTIONS, example

HUBS = Signatories((HUB.public,))


def _take(message: bytes, known: Known = Known(), **clock: object) -> Taken:
    return known.take(message, TENANT, NODE, HUBS, at(**clock))  # type: ignore[arg-type]


@pytest.mark.parametrize("action", ACTIONS)
def test_command_arrives_as_it_was_written(action: Action) -> None:
    assert _take(command.write(example(action), HUB)).command == example(action)


def test_replayed_command_is_not_carried_out_twice() -> None:
    message = command.write(example(), HUB)
    known = _take(message).known
    with pytest.raises(Conflict) as raised:
        _take(message, known)
    assert raised.value.code == "command.known"


def test_replay_after_it_was_forgotten_has_expired() -> None:
    message = command.write(example(), HUB)
    known = _take(message).known
    later = {"ms": START_MS + 2 * DAY_MS, "floor_ms": START_MS + 2 * DAY_MS}
    other = example(id="00000000000000c2", expires_ms=START_MS + 9 * DAY_MS)
    known = _take(command.write(other, HUB), known, **later).known
    assert "00000000000000c1" not in known.expires_ms
    for clock in (later, {**later, "ms": 0, "trusted": False}, {**later, "ms": START_MS}):
        with pytest.raises(Refused) as raised:
            _take(message, known, **clock)
        assert raised.value.code == "command.expired"


def test_expired_command_is_refused() -> None:
    with pytest.raises(Refused) as raised:
        _take(command.write(example(), HUB), ms=START_MS + DAY_MS)
    assert raised.value.code == "command.expired"


@pytest.mark.parametrize("change", [{"node": "shop-18"}, {"tenant": "other"}])
def test_command_for_another_node_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Refused) as raised:
        _take(command.write(example(**change), HUB))
    assert raised.value.code == "command.foreign"


@pytest.mark.parametrize("name", ["broker", "catalog"])
def test_command_of_another_key_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        _take(command.write(example(), CATALOG if name == "catalog" else signer(name)))


def test_any_flipped_bit_is_refused() -> None:
    for turned in flips(command.write(example(ACTIONS[1]), HUB)):
        with pytest.raises(PrilavokError):
            _take(turned)


@pytest.mark.parametrize("expires_ms", [START_MS, START_MS - 1, START_MS + command.LONGEST_MS + 1])
def test_command_that_does_not_expire_in_time_is_none(expires_ms: int) -> None:
    with pytest.raises(ValueError, match="expire"):
        example(expires_ms=expires_ms)
    raw = msgspec.msgpack.decode(msgspec.msgpack.encode(example()))
    raw["expires_ms"] = expires_ms
    with pytest.raises(Corrupt):
        _take(signed.sign("command", msgspec.msgpack.encode(raw), HUB))


def test_command_of_an_unknown_kind_is_corrupt_and_not_half_done() -> None:
    raw = msgspec.msgpack.decode(msgspec.msgpack.encode(example()))
    raw["action"]["type"] = "dance"
    with pytest.raises(Corrupt):
        _take(signed.sign("command", msgspec.msgpack.encode(raw), HUB))


@given(st.lists(st.integers(0, 30), max_size=60))
def test_each_command_is_carried_out_at_most_once(order: list[int]) -> None:
    known, done = Known(), []
    for number in order:
        message = command.write(example(id=f"{number:016x}"), HUB)
        try:
            taken = _take(message, known)
        except Conflict:
            continue
        done.append(taken.command.id)
        known = taken.known
    assert done == list(dict.fromkeys(f"{number:016x}" for number in order))


def test_what_is_remembered_is_bounded() -> None:
    full = Known({f"{number:016x}": START_MS + DAY_MS for number in range(MOST_KNOWN)})
    with pytest.raises(Refused) as raised:
        _take(command.write(example(id="f" * 16), HUB), full)
    assert raised.value.code == "command.many"
