"""Documents as MessagePack: bounded, checked on the way out as on the way in, unknown fields kept.

Whoever only passes a document on, or changes one field of it, uses `Kept`: fields that a newer program added
stay in it. Signatures never depend on re-encoding: they are over the bytes received (`signed.py`).
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec

from sync.errors import Corrupt, Refused

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

MESSAGE_LIMIT_BYTES = 100 * 1024
"""Nothing bigger is one MQTT message."""

_encoder = msgspec.msgpack.Encoder(order="deterministic")


@cache
def _decoder(type: Hashable) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(type)


def encode(value: object, limit_bytes: int = MESSAGE_LIMIT_BYTES) -> bytes:
    """The one encoding of a value. Refused when a reader would refuse it: nothing is sent in vain."""
    data = _encoder.encode(value)
    try:
        decode(data, type(value), limit_bytes)
    except Corrupt as error:
        raise Refused(error.message, code="document.invalid", hint="Correct the field it names.") from error
    return data


def decode(data: bytes, type: type[T], limit_bytes: int = MESSAGE_LIMIT_BYTES) -> T:
    """The value in the bytes. Corrupt when they are none; Refused when there are more than `limit_bytes`."""
    if len(data) > limit_bytes:
        raise Refused(
            f"{len(data)} bytes are too many: at most {limit_bytes}.",
            code="document.too_large",
            hint="It is not from a program that keeps to the protocol.",
        )
    try:
        value: T = _decoder(cast(Hashable, type)).decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, OverflowError) as error:
        raise malformed(f"no {type.__name__}: {error}") from error
    return value


def decode_exact(data: bytes, type: type[T], limit_bytes: int = MESSAGE_LIMIT_BYTES) -> T:
    """As `decode`, for frames: Corrupt also when the same value has a shorter or other encoding."""
    value = decode(data, type, limit_bytes)
    if _encoder.encode(value) != data:
        raise malformed(f"no {type.__name__}: it is not encoded as the protocol says")
    return value


def malformed(what: str) -> Corrupt:
    """Bytes that are not what they should be."""
    return Corrupt(
        f"The bytes are {what}.",
        code="document.malformed",
        hint="They were damaged on the way, or come from something else; fetch them again.",
    )


@dataclass(frozen=True)
class Kept(Generic[S]):
    """A document with everything that came in it, known here or not."""

    value: S
    raw: dict[str, Any]

    @classmethod
    def read(cls, data: bytes, type: type[S], limit_bytes: int = MESSAGE_LIMIT_BYTES) -> "Kept[S]":
        """Corrupt and Refused as in `decode`."""
        value = decode(data, type, limit_bytes)
        raw = msgspec.msgpack.decode(data)
        if not isinstance(raw, dict):
            raise malformed(f"no {type.__name__}: a map was expected")
        return cls(value, raw)

    def changed(self, value: S) -> "Kept[S]":
        """The same document with another value; what is not known here stays where it was.

        An element of a list keeps its unknown fields as long as its known ones are what they were.
        """
        return Kept(value, _merged(value, self.value, self.raw))

    def encode(self) -> bytes:
        """The document, whole."""
        return _encoder.encode(self.raw)


def _plain(value: object) -> Any:
    return msgspec.msgpack.decode(_encoder.encode(value))


def _merged(new: Any, old: Any, raw: Any) -> Any:
    if _encoder.encode(new) == _encoder.encode(old):
        return raw
    if isinstance(new, msgspec.Struct) and type(new) is type(old) and isinstance(raw, dict):
        return _merged_struct(new, old, raw)
    if isinstance(new, dict) and isinstance(old, dict) and isinstance(raw, dict):
        return {
            key: _merged(value, old[key], raw[key]) if key in old and key in raw else _plain(value)
            for key, value in new.items()
        }
    if isinstance(new, tuple) and isinstance(old, tuple) and isinstance(raw, list):
        known = {_encoder.encode(value): kept for value, kept in zip(old, raw, strict=True)}
        return [known.get(_encoder.encode(value), _plain(value)) for value in new]
    return _plain(new)


def _merged_struct(new: msgspec.Struct, old: msgspec.Struct, raw: dict[str, Any]) -> dict[str, Any]:
    plain = _plain(new)
    names = dict(zip(new.__struct_encode_fields__, new.__struct_fields__, strict=True))
    kept = {key: value for key, value in raw.items() if key not in names}
    for key, field in names.items():
        if key in plain:
            before = key in raw
            kept[key] = _merged(getattr(new, field), getattr(old, field), raw[key]) if before else plain[key]
    return kept
