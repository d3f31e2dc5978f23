"""Records: what is in them, which class they travel in, and that nothing in them names a person."""

import msgspec
import pytest
from hypothesis import given

from sync.errors import Corrupt, Refused
from sync.record import CLASSES, RULES, ChatTurn, Record, class_of, read, write
from tests.sync.sample import EVERY, FEEDBACK, HEALTH, LEAD, PART, RECEIPT, TURN, record, records


@given(records)
def test_record_comes_back_as_it_was(given: Record) -> None:
    assert read(write(given)) == given


@pytest.mark.parametrize(
    ("payload", "cls"),
    [
        (LEAD, "lead"),
        (FEEDBACK, "feedback"),
        (RECEIPT, "feedback"),
        (TURN, "chat"),
        (HEALTH, "health"),
        (PART, "health"),
    ],
)
def test_payload_has_a_class(payload: object, cls: str) -> None:
    assert class_of(payload) == cls  # type: ignore[arg-type]


def test_leads_go_first_and_never_away() -> None:
    assert CLASSES == ("lead", "feedback", "chat", "health")
    assert not RULES["lead"].droppable
    assert RULES["lead"].ttl_s is None
    assert all(RULES[cls].droppable for cls in CLASSES[1:])


def test_turn_has_no_field_for_a_person() -> None:
    fields = set(ChatTurn.__struct_fields__)
    assert not fields & {"name", "phone", "email", "address", "ip", "session", "user", "lat", "lon", "text"}


def test_newer_programs_fields_do_no_harm() -> None:
    raw = msgspec.msgpack.decode(write(record(TURN)))
    raw["what"]["mood"] = "good"
    assert read(msgspec.msgpack.encode(raw)) == record(TURN)


@pytest.mark.parametrize("payload", EVERY)
def test_record_that_is_too_big_is_refused_before_it_is_sealed(payload: object) -> None:
    huge = {"question": "x" * 4001} if isinstance(payload, ChatTurn) else {}
    if huge:
        with pytest.raises(Refused):
            write(record(msgspec.structs.replace(payload, **huge)))  # type: ignore[type-var]
    assert write(record(payload))  # type: ignore[arg-type]


def test_payload_of_an_unknown_kind_is_corrupt() -> None:
    raw = msgspec.msgpack.decode(write(record(TURN)))
    raw["what"]["type"] = "diary"
    with pytest.raises(Corrupt):
        read(msgspec.msgpack.encode(raw))
