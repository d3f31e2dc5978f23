"""Sealed records: a header anyone can read and a box that only the tenant's log key leads into.

    frame   [1, header, box, signature]
    header  [tenant, node, epoch, seq, class, kind, data key id, log key id]

A session has a data key that lives in the node's memory only. Its records are boxed under that key
(XChaCha20-Poly1305), the header's bytes bound to the box: change one and it no longer opens. The key travels
once, in a frame of kind "key": sealed to the tenant's log key and signed by the node, so that whoever opens
it later need not believe whoever stored it. Destroying that one frame erases the session from every copy.
"""

import base64
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from nacl.exceptions import CryptoError
from nacl.secret import Aead

from sync.document import decode, decode_exact, encode, malformed
from sync.errors import Corrupt, Refused
from sync.identity import Id, Key, Name, Random, Seq, digest, key_id
from sync.key import KEY_BYTES, SIGNATURE_BYTES, Signer, Unsealer, seal_to, signed_by, system_random
from sync.record import CLASSES, RECORD_LIMIT_BYTES, Record, class_of, read, write

DATA_KEY_ID_BYTES = 10
HEADER_LIMIT_BYTES = 512
FRAME_LIMIT_BYTES = RECORD_LIMIT_BYTES + 1024
SIGNED_AS = b"prilavok/1/key\0"
CLASS_PATTERN = "^[a-z]{1,16}(?![\\s\\S])"
# Digits and letters that are not taken for each other (Crockford), for codes that people read out.
CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
SPOKEN = str.maketrans("OIL", "011", "- ")
BASE32 = bytes.maketrans(b"0123456789ABCDEFGHJKMNPQRSTVWXYZU", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567!")

DataKeyId = Annotated[bytes, msgspec.Meta(min_length=DATA_KEY_ID_BYTES, max_length=DATA_KEY_ID_BYTES)]


class Header(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Where a frame belongs. `cls` is a class of `record.py`, or one that a newer program knows."""

    tenant: Name
    node: Name
    epoch: Id
    seq: Seq
    cls: Annotated[str, msgspec.Meta(pattern=CLASS_PATTERN)]
    kind: Literal["record", "key"]
    data_key: DataKeyId
    log_key: Id


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """A sealed record as it is stored and sent. `header` stays bytes, because the box is bound to them."""

    form: Literal[1]
    header: Annotated[bytes, msgspec.Meta(max_length=HEADER_LIMIT_BYTES)]
    box: bytes
    signature: Annotated[bytes, msgspec.Meta(max_length=SIGNATURE_BYTES)]


@dataclass(frozen=True)
class DataKey:
    """A session's key. Its id is random and says nothing; `code` is how a person names the session."""

    id: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def born(cls, random: Random = system_random) -> "DataKey":
        """A new key."""
        return cls(random(DATA_KEY_ID_BYTES), random(KEY_BYTES))

    @property
    def code(self) -> str:
        """The id as four groups of four digits and letters, to ask for erasure with."""
        return code(self.id)


class _KeyBox(msgspec.Struct, frozen=True, array_like=True):
    header: str
    secret: Key


def code(id: bytes) -> str:
    """A data key's id for people: "7K3M-…"."""
    text = base64.b32encode(id).translate(CROCKFORD).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def coded(text: str) -> bytes:
    """The id that a code stands for, however it was typed. Refused when it is none."""
    plain = text.upper().translate(SPOKEN).encode("ascii", "replace").translate(BASE32)
    try:
        id = base64.b32decode(plain)
    except ValueError:
        id = b""
    if len(id) != DATA_KEY_ID_BYTES:
        raise Refused(
            f"{text!r} is no session code.",
            code="session.code",
            hint="It has four groups of four letters and digits.",
        )
    return id


@dataclass(frozen=True)
class Sealer:
    """A node's hand: seals for one tenant's log key under the name of one outbox epoch."""

    tenant: str
    node: str
    epoch: str
    log_key: bytes = field(repr=False)
    signer: Signer
    random: Random = system_random

    def key(self, data_key: DataKey, seq: int, cls: str) -> bytes:
        """The frame that carries a data key. It goes before the first record under that key."""
        header = encode(self._header(data_key, seq, cls, "key"), HEADER_LIMIT_BYTES)
        box = seal_to(self.log_key, encode(_KeyBox(digest(header), data_key.secret)), self.random)
        signature = self.signer.sign(SIGNED_AS + header + box)
        return encode(Frame(1, header, box, signature), FRAME_LIMIT_BYTES)

    def record(self, record: Record, data_key: DataKey, seq: int) -> bytes:
        """The frame of a record. Refused when the record is too big or not as it should be."""
        header = encode(self._header(data_key, seq, class_of(record.what), "record"), HEADER_LIMIT_BYTES)
        box = Aead(data_key.secret).encrypt(write(record), header, self.random(Aead.NONCE_SIZE))
        return encode(Frame(1, header, bytes(box), b""), FRAME_LIMIT_BYTES)

    def _header(self, data_key: DataKey, seq: int, cls: str, kind: Literal["record", "key"]) -> Header:
        return Header(
            tenant=self.tenant,
            node=self.node,
            epoch=self.epoch,
            seq=seq,
            cls=cls,
            kind=kind,
            data_key=data_key.id,
            log_key=key_id(self.log_key),
        )


def header_of(frame: bytes) -> Header:
    """What a frame says of itself; nothing is opened. Corrupt when it is none."""
    return _parts(frame)[1]


def open_key(frame: bytes, log_key: Unsealer, node_key: bytes) -> DataKey:
    """The data key in a key frame. Refused when the node did not sign it, Corrupt when it does not open."""
    parts, header = _parts(frame)
    if header.kind != "key" or not signed_by(node_key, SIGNED_AS + parts.header + parts.box, parts.signature):
        raise Refused(
            f"The key frame {header.seq} is not signed by {header.node}.",
            code="seal.unsigned",
            hint="Quarantine it; the node's key may have been changed without the hub.",
        )
    box = decode(log_key.open(parts.box), _KeyBox)
    if box.header != digest(parts.header):
        raise _broken(header)
    return DataKey(header.data_key, box.secret)


def open_record(frame: bytes, data_key: DataKey) -> Record:
    """The record in a frame. Corrupt when frame, header or box was changed, or the key is another's."""
    return open_placed(frame, data_key)[1]


def open_placed(frame: bytes, data_key: DataKey) -> tuple[Header, Record]:
    """As `open_record`, with where the record belongs: whoever stores frames may have moved one."""
    parts, header = _parts(frame)
    if header.kind != "record" or header.data_key != data_key.id or parts.signature:
        raise _broken(header)
    try:
        plain = Aead(data_key.secret).decrypt(parts.box, parts.header)
    except (CryptoError, ValueError) as error:
        raise _broken(header) from error
    record = read(plain)
    if header.cls in CLASSES and class_of(record.what) != header.cls:
        raise _broken(header)
    return header, record


def _parts(frame: bytes) -> tuple[Frame, Header]:
    parts = decode_exact(frame, Frame, FRAME_LIMIT_BYTES)
    said = decode(parts.header, _Said, HEADER_LIMIT_BYTES)
    _check(said.tenant, said.node, said.epoch, said.cls, said.log_key)
    header = Header(
        tenant=said.tenant,
        node=said.node,
        epoch=said.epoch,
        seq=said.seq,
        cls=said.cls,
        kind=said.kind,
        data_key=said.data_key,
        log_key=said.log_key,
    )
    return parts, header


class _Said(msgspec.Struct, frozen=True, array_like=True):
    """A header whose names are not checked yet: they are the same in thousands, and patterns are slow."""

    tenant: str
    node: str
    epoch: str
    seq: Seq
    cls: str
    kind: Literal["record", "key"]
    data_key: DataKeyId
    log_key: str


class _Names(msgspec.Struct, frozen=True, array_like=True):
    tenant: Name
    node: Name
    epoch: Id
    cls: Annotated[str, msgspec.Meta(pattern=CLASS_PATTERN)]
    log_key: Id


@lru_cache(maxsize=1024)
def _check(*names: str) -> None:
    """Corrupt when a name in a header is none; what held once is not looked at again."""
    try:
        msgspec.convert(names, _Names)
    except msgspec.ValidationError as error:
        raise malformed(f"no Header: {error}") from error


def _broken(header: Header) -> Corrupt:
    return Corrupt(
        f"Record {header.seq} of {header.node} does not open.",
        code="seal.broken",
        hint="It was changed after it was sealed, or sealed under another key; it stays in quarantine.",
    )
