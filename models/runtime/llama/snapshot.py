"""The prefix tree on disk, so that a restart does not compute again what everybody asks.

One file: a header (what it was made with, and a digest of the rest), then entries. Anything that does not
match (another model, other settings, another llama.cpp, a cut or changed file) discards it whole.
"""

import hashlib
import heapq
import os
from pathlib import Path

import msgspec
import numpy as np

from models.runtime.llama.kv import Form, Span
from models.runtime.llama.radix import RadixTree
from models.shelf import flush

MAGIC = b"prilavok-kv-1\n"
CHUNK_BYTES = 8 * 1024 * 1024


class Header(msgspec.Struct, frozen=True):
    """`key` is what the tree was made with; `digest` is BLAKE2b-256 of the entries."""

    key: str
    form: tuple[int, int, int, int, int, int]
    digest: bytes
    size: int


class Entry(msgspec.Struct, frozen=True):
    """A path from the root, and the keys and values of its last `count` tokens."""

    path: bytes
    count: int
    keys: bytes
    values: bytes


def key(model: Path, *settings: object) -> str:
    """What keys and values depend on: the model's bytes and the settings they are computed with."""
    digest = hashlib.blake2b(digest_size=32)
    with model.open("rb") as file:
        while block := file.read(CHUNK_BYTES):
            digest.update(block)
    return f"{digest.hexdigest()} {settings!r}"


def save(file: Path, tree: RadixTree, form: Form, made_with: str, limit_bytes: int) -> int:
    """Write the worthiest part of the tree, parents before children; how many tokens. Whole or not at all."""
    entries, size, tokens = [], 0, 0
    waiting = [(-node.worth, id(node), node) for node in tree.roots]
    heapq.heapify(waiting)
    while waiting:
        _, _, node = heapq.heappop(waiting)
        span = node.span
        assert span is not None
        if size + span.size_bytes > limit_bytes:
            continue
        size, tokens = size + span.size_bytes, tokens + len(span)
        entries.append(Entry(node.path.tobytes(), len(span), span.keys.tobytes(), span.values.tobytes()))
        for child in node.children.values():
            heapq.heappush(waiting, (-child.worth, id(child), child))
    body = msgspec.msgpack.encode(entries)
    head = msgspec.msgpack.encode(Header(made_with, _numbers(form), _digest(body), len(body)))
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(MAGIC + len(head).to_bytes(4, "little") + head + body)
    flush(part)
    os.replace(part, file)
    flush(file.parent)
    return tokens


def load(file: Path, tree: RadixTree, form: Form, made_with: str) -> int:
    """Fill a tree; how many tokens. A file that does not match or is damaged is removed: 0."""
    try:
        entries = _read(file, form, made_with)
        restored = sum(_restore(tree, form, entry) for entry in entries)
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, msgspec.MsgspecError):
        tree.clear()
        file.unlink(missing_ok=True)
        return 0
    return restored


def _read(file: Path, form: Form, made_with: str) -> list[Entry]:
    data = file.read_bytes()
    at = len(MAGIC) + 4
    size = int.from_bytes(data[len(MAGIC) : at], "little")
    if not data.startswith(MAGIC) or len(data) < at + size:
        raise ValueError("not a snapshot")
    header = msgspec.msgpack.decode(data[at : at + size], type=Header)
    body = data[at + size :]
    made = (header.key, header.form, header.digest, header.size)
    if made != (made_with, _numbers(form), _digest(body), len(body)):
        raise ValueError("made with something else, or damaged")
    return msgspec.msgpack.decode(body, type=list[Entry])


def _restore(tree: RadixTree, form: Form, entry: Entry) -> int:
    path = np.frombuffer(entry.path, np.int32)
    shape = (form.layers, entry.count)
    keys = np.frombuffer(entry.keys, np.uint8).reshape(*shape, form.key_bytes)
    values = np.frombuffer(entry.values, np.uint8).reshape(*shape, form.value_bytes)
    begin = len(path) - entry.count
    if tree.known(path) != begin:
        raise ValueError("an entry without what comes before it")
    tree.insert(path, Span(begin, keys, values).part)
    return entry.count


def _numbers(form: Form) -> tuple[int, int, int, int, int, int]:
    return (form.streams, form.layers, form.key_type, form.key_bytes, form.value_type, form.value_bytes)


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=32).digest()
