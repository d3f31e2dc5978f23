"""One JSON document to one entry: the way into the catalogue that every reader shares."""

from typing import Any

import msgspec

from sync.errors import Refused
from sync.interchange.entry import Deletion, Entry, Rejected, Upsert
from sync.interchange.validation import breaches, control, faults
from sync.provider import Market, Provider

LINE_LIMIT_BYTES = 1024 * 1024

_decode_market = msgspec.json.Decoder(Market).decode
_decode_raw = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="sorted").encode


def parse(number: int, line: bytes) -> Entry:
    """The entry that a line is. Never raises: a bad line is Rejected with its reasons."""
    if len(line) > LINE_LIMIT_BYTES:
        return Rejected(number, (f"is longer than {LINE_LIMIT_BYTES} bytes",))
    try:
        raw = _decode_raw(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected(number, (f"is no JSON: {error}",))
    except RecursionError:
        return Rejected(number, ("is nested too deeply",))
    return entry(number, raw)


def entry(number: int, raw: object, notes: tuple[str, ...] = ()) -> Entry:
    """The entry for a decoded document, unknown fields kept."""
    if not isinstance(raw, dict):
        return Rejected(number, ("must be an object with id, categories and name",))
    if raw.get("deleted") is True:
        return _deletion(number, raw)
    try:
        provider = msgspec.convert(raw, Provider)
    except msgspec.ValidationError as error:
        return Rejected(number, tuple(faults(raw)) or (str(error),), _id(raw))
    broken = breaches(provider)
    if broken:
        return Rejected(number, tuple(broken), _id(raw))
    return _upsert(number, provider, raw, notes)


def market_from(document: bytes) -> Market:
    """The market that a JSON document is; Refused where it is none."""
    try:
        return _decode_market(document)
    except msgspec.DecodeError as error:
        raise Refused(
            f"the market document cannot be read: {error}.",
            code="market.form",
            hint="edge/catalog/README.md shows one; id is required.",
        ) from error


def _upsert(number: int, provider: Provider, raw: dict[str, Any], notes: tuple[str, ...]) -> Entry:
    try:
        document = _encode(raw)
    except (RecursionError, TypeError, ValueError, UnicodeEncodeError) as error:
        return Rejected(number, (f"cannot be written as JSON: {error}",), provider.id)
    if len(document) > LINE_LIMIT_BYTES:
        return Rejected(number, (f"is longer than {LINE_LIMIT_BYTES} bytes",), provider.id)
    return Upsert(number, provider, document, notes)


def _deletion(number: int, raw: dict[str, Any]) -> Entry:
    id = raw.get("id")
    if not isinstance(id, str) or not id.strip() or control(id) is not None:
        return Rejected(number, ("id: a deletion needs the id as text",))
    return Deletion(number, id)


def _id(raw: dict[str, Any]) -> str | None:
    id = raw.get("id")
    return id if isinstance(id, str) and id and control(id) is None else None
