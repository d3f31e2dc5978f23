"""Documents are bounded, checked both ways, and keep what they do not know."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.capability import Capabilities, Protocol
from sync.document import Kept, decode, decode_exact, encode
from sync.errors import Corrupt, Refused
from sync.keyset import Role
from sync.status import Depth


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    size: int = 0


class Whole(msgspec.Struct, frozen=True, omit_defaults=True):
    title: str
    note: str | None = None
    first: Part | None = None
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = {}


def _wire(**fields: Any) -> bytes:
    return msgspec.msgpack.encode(fields)


def _raw(kept: Kept[Whole]) -> Any:
    return msgspec.msgpack.decode(kept.encode())


UNKNOWN = {
    "title": "t",
    "new": [1, {"deep": True}],
    "first": {"name": "a", "colour": "red"},
    "parts": [{"name": "x", "new": 1}, {"name": "y", "new": 2}],
    "by_name": {"k": {"name": "z", "new": 3}},
}


def test_document_that_passes_through_is_the_same() -> None:
    kept = Kept.read(_wire(**UNKNOWN), Whole)
    assert _raw(kept) == UNKNOWN
    assert _raw(kept.changed(kept.value)) == UNKNOWN


def test_unknown_fields_stay_when_a_known_one_changes() -> None:
    kept = Kept.read(_wire(**UNKNOWN), Whole)
    first = Part("b", 5)
    changed = kept.changed(msgspec.structs.replace(kept.value, title="u", first=first))
    assert _raw(changed) == {
        **UNKNOWN,
        "title": "u",
        "first": {"name": "b", "size": 5, "colour": "red"},
    }


def test_unknown_fields_follow_their_element() -> None:
    kept = Kept.read(_wire(**UNKNOWN), Whole)
    x, y = kept.value.parts
    changed = kept.changed(msgspec.structs.replace(kept.value, parts=(y, Part("n"), x)))
    assert _raw(changed)["parts"] == [{"name": "y", "new": 2}, {"name": "n"}, {"name": "x", "new": 1}]


def test_field_set_back_to_its_default_is_gone() -> None:
    kept = Kept.read(_wire(title="t", note="n", new=1), Whole)
    assert _raw(kept.changed(Whole("t"))) == {"title": "t", "new": 1}
    known = Kept.read(_wire(**UNKNOWN), Whole)
    assert _raw(known.changed(msgspec.structs.replace(known.value, by_name={})))["title"] == "t"
    assert "by_name" not in _raw(known.changed(msgspec.structs.replace(known.value, by_name={})))


@given(
    st.dictionaries(st.text(min_size=1).filter(lambda name: name not in {"title", "note"}), st.integers(0, 9))
)
def test_any_unknown_field_survives_any_change(unknown: dict[str, int]) -> None:
    unknown = {name: value for name, value in unknown.items() if name not in Whole.__struct_fields__}
    kept = Kept.read(_wire(title="t", **unknown), Whole).changed(Whole("u", note="n"))
    assert _raw(kept) == {"title": "u", "note": "n", **unknown}
    assert Kept.read(kept.encode(), Whole).value == kept.value


def test_field_of_a_newer_program_does_no_harm() -> None:
    newer = _wire(records=3, bytes=4, dropped=5, colour="red")
    assert decode(newer, Depth) == Depth(records=3, bytes=4, dropped=5)


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(Refused) as raised:
        decode(b"\xc1" * 101, Depth, 100)
    assert raised.value.code == "document.too_large"


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x81", b"\x91" * 5000, encode(Depth()) + b"\0"])
def test_bytes_that_are_no_document_are_corrupt(data: bytes) -> None:
    with pytest.raises(Corrupt):
        decode(data, Depth)


def test_what_would_be_refused_is_not_sent() -> None:
    with pytest.raises(Refused):
        encode(Depth(records=-1))
    with pytest.raises(Refused):
        encode(Capabilities(protocol=Protocol(lowest=0, highest=1)))


def test_frame_has_one_encoding_only() -> None:
    plain = encode(Role(keys=(b"k" * 32,)))
    assert decode_exact(plain, Role) == Role(keys=(b"k" * 32,))
    longer = plain.replace(b"\xa9threshold\x01", b"\xa9threshold\xcc\x01")
    assert decode(longer, Role) == Role(keys=(b"k" * 32,))
    with pytest.raises(Corrupt):
        decode_exact(longer, Role)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(data: bytes) -> None:
    assert _refusal(data) in (None, "document.malformed")


def _refusal(data: bytes) -> str | None:
    try:
        decode(data, Capabilities)
    except Corrupt as error:
        return error.code
    return None
