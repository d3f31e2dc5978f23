"""A change of a market's catalogue from one version to another, as a stream that needs little memory.

    zlib( item … )      item = length (4 bytes, big-endian) and that many bytes of MessagePack
    first item          the Change: market, versions and content digests before and after
    other items         ["u", id, line] upsert · ["d", id] delete · ["m", document] market · ["v", id, int8…]

A snapshot is a change from version 0 (`snapshot.py`). Storing and applying to SQLite is the catalogue's.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec

from sync.content import LINE_LIMIT_BYTES, State, id_of, line_digest
from sync.document import decode, encode
from sync.errors import Corrupt, Refused
from sync.identity import Count, Digest, Name, Seq
from sync.record import Code

ITEM_LIMIT_BYTES = LINE_LIMIT_BYTES + 4_096
LENGTH_BYTES = 4
_STEP_BYTES = 64 * 1024

ProviderId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Line = Annotated[bytes, msgspec.Meta(max_length=LINE_LIMIT_BYTES)]


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first item. `model` names the embedding model of the vectors, if any; `items` follow."""

    tenant: Name
    market: Name
    from_version: Count
    to_version: Seq
    before: Digest | None = None
    after: Digest
    items: Count
    model: Code | None = None


class Upsert(msgspec.Struct, frozen=True, array_like=True, tag="u"):
    """The provider's line as it is now."""

    id: ProviderId
    line: Line


class Delete(msgspec.Struct, frozen=True, array_like=True, tag="d"):
    """The provider is no more."""

    id: ProviderId


class SetMarket(msgspec.Struct, frozen=True, array_like=True, tag="m"):
    """The market's document as it is now."""

    document: Line


class Vector(msgspec.Struct, frozen=True, array_like=True, tag="v"):
    """The provider's embedding: signed bytes, one a dimension."""

    id: ProviderId
    values: Annotated[bytes, msgspec.Meta(min_length=1, max_length=4_096)]


Item = Upsert | Delete | SetMarket | Vector


def between(old: State, new: State) -> list[Item]:
    """What turns one state into the other: deletes, upserts by id, then the market if it changed."""
    items: list[Item] = [Delete(id) for id in sorted(old.lines.keys() - new.lines.keys())]
    digests = {id: line_digest(line) for id, line in old.lines.items()}
    items += [
        Upsert(id, line) for id, line in sorted(new.lines.items()) if digests.get(id) != line_digest(line)
    ]
    if old.market != new.market:
        items.append(SetMarket(new.market))
    return items


def applied(state: State, items: Iterable[Item]) -> State:
    """The state after the items. Corrupt when a line is not the provider it is sent as."""
    lines, market = dict(state.lines), state.market
    for item in items:
        match item:
            case Upsert():
                lines[item.id] = checked(item).line
            case Delete():
                lines.pop(item.id, None)
            case SetMarket():
                market = item.document
    return State(market, lines)


def checked(item: Upsert) -> Upsert:
    """The item, if its line states the same id."""
    if id_of(item.line) != item.id:
        raise _corrupt(f"a line of {id_of(item.line)!r} is sent as {item.id!r}")
    return item


def vectors(values: Mapping[str, bytes]) -> list[Item]:
    """Embeddings as items, by id."""
    return [Vector(id, vector) for id, vector in sorted(values.items())]


def write(change: Change, items: Iterable[Item]) -> Iterator[bytes]:
    """The stream, piece by piece. Refused when there are not as many items as the change says."""
    return packed(frames(change, items))


def packed(parts: Iterable[bytes], level: int = 9) -> Iterator[bytes]:
    """The stream of `frames`; any level of zlib's, 1 to 9, is read the same."""
    packer = zlib.compressobj(level)
    for part in parts:
        if ready := packer.compress(part):
            yield ready
    yield packer.flush()


def frames(change: Change, items: Iterable[Item]) -> Iterator[bytes]:
    """The stream before it is packed, item by item; their lengths add up to `BlobRef.unpacked`.

    Refused when there are not as many items as the change says.
    """
    count = 0
    yield _framed(change)
    for item in items:
        count += 1
        yield _framed(item)
    if count != change.items:
        raise Refused(
            f"{count} items were given, {change.items} promised.",
            code="delta.count",
            hint="Count them before writing.",
        )


class Reader:
    """Reads a stream that comes in parts of any size. `limit_bytes` bounds what it may unpack to."""

    def __init__(self, limit_bytes: int) -> None:
        self.change: Change | None = None
        self._unpacker = zlib.decompressobj()
        self._limit = limit_bytes
        self._unpacked = 0
        self._waiting = bytearray()
        self._count = 0

    def feed(self, part: bytes) -> Iterator[Item]:
        """The items that are complete now; exhaust it before the next part. Corrupt when it is no stream."""
        while True:
            try:
                fresh = self._unpacker.decompress(part, _STEP_BYTES)
            except zlib.error as error:
                raise _corrupt(f"it does not unpack ({error})") from error
            self._unpacked += len(fresh)
            if self._unpacked > self._limit:
                raise _corrupt(f"it unpacks to more than {self._limit} bytes")
            self._waiting += fresh
            yield from self._items()
            part = self._unpacker.unconsumed_tail
            if not part and len(fresh) < _STEP_BYTES:
                break
        if self._unpacker.unused_data:
            raise _corrupt("something follows its end")

    def finish(self) -> Change:
        """What was read. Corrupt when it ended too early."""
        if self.change is None or not self._unpacker.eof or self._waiting:
            raise _corrupt("it ends in the middle")
        if self._count != self.change.items:
            raise _corrupt(f"it has {self._count} items of {self.change.items}")
        return self.change

    def _items(self) -> Iterator[Item]:
        while (data := self._next()) is not None:
            if self.change is None:
                self.change = decode(data, Change, ITEM_LIMIT_BYTES)
                continue
            self._count += 1
            item: Item = decode(data, Item, ITEM_LIMIT_BYTES)  # type: ignore[arg-type]
            yield checked(item) if isinstance(item, Upsert) else item

    def _next(self) -> bytes | None:
        size = int.from_bytes(self._waiting[:LENGTH_BYTES], "big")
        if len(self._waiting) < LENGTH_BYTES:
            return None
        if size > ITEM_LIMIT_BYTES:
            raise _corrupt(f"an item of {size} bytes is too big")
        if len(self._waiting) < LENGTH_BYTES + size:
            return None
        data = bytes(self._waiting[LENGTH_BYTES : LENGTH_BYTES + size])
        del self._waiting[: LENGTH_BYTES + size]
        return data


def read(data: bytes, limit_bytes: int) -> tuple[Change, list[Item]]:
    """A whole stream at once, for tests and small changes."""
    reader = Reader(limit_bytes)
    items = list(reader.feed(data))
    return reader.finish(), items


def _framed(value: Change | Item) -> bytes:
    data = encode(value, ITEM_LIMIT_BYTES)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def _corrupt(what: str) -> Corrupt:
    return Corrupt(
        f"The change of the catalogue is damaged: {what}.",
        code="delta.corrupt",
        hint="It is fetched again; if that repeats, publish the catalogue again.",
    )
