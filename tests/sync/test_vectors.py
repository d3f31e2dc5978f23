"""The golden vectors, in both directions, and by a reader that shares no code with `sync`.

What changes a vector changes the protocol: nodes in the field would not understand it.
"""

import base64
import hashlib
import json
from typing import Any

import msgspec
import pytest
from nacl.public import PrivateKey, SealedBox
from nacl.secret import Aead
from nacl.signing import VerifyKey

from sync import ack, command, delta, keyset, provisioning, status
from sync.ack import Ack
from sync.batch import receive
from sync.clock import HubTime, told
from sync.command import Command
from sync.content import State
from sync.head import Head
from sync.key import NodeKeys, Unsealer
from sync.record import Record
from sync.seal import DataKey, coded, open_key, open_record
from sync.signed import Signatories
from sync.snapshot import built
from sync.status import Status
from sync.trust import Trust
from tests.sync.cast import EPOCH, MARKET, NODE, START_MS, TENANT, at
from tests.sync.vectors import build

RECOUNTED = build.vectors()


def _stored(name: str) -> Any:
    return json.loads((build.HERE / name).read_text("utf-8"))


KEYS, SEAL, MESSAGE, CATALOGUE = map(_stored, ("key.json", "seal.json", "message.json", "catalogue.json"))
HUB = Signatories((bytes.fromhex(MESSAGE["public"]["hub"]),))
NODE_KEY = bytes.fromhex(MESSAGE["public"]["node"])


@pytest.mark.parametrize("name", RECOUNTED)
def test_what_is_written_today_is_what_was_written_then(name: str) -> None:
    assert (build.HERE / name).read_text("utf-8") == build.text(RECOUNTED[name]), (
        "python -m tests.sync.vectors.build"
    )


def test_keys_are_read_as_they_were_written() -> None:
    keys = NodeKeys.of(bytes.fromhex(KEYS["node_secret"]))
    assert keys.signer.public.hex() == KEYS["sign_public"]
    assert keys.unsealer.public.hex() == KEYS["seal_public"]
    sealed = KEYS["sealed"]
    assert Unsealer(bytes.fromhex(KEYS["log_secret"])).open(bytes.fromhex(sealed["bytes"])) == b"message"
    assert coded(KEYS["session"]["code"]).hex() == KEYS["session"]["id"]


def test_frames_are_read_as_they_were_written() -> None:
    key = open_key(bytes.fromhex(SEAL["key_frame"]), Unsealer(bytes.fromhex(SEAL["log_secret"])), NODE_KEY)
    assert key == DataKey(*(bytes.fromhex(SEAL["data_key"][part]) for part in ("id", "secret")))
    assert len(SEAL["frames"]) == 6
    for frame in SEAL["frames"]:
        expected = msgspec.json.decode(json.dumps(frame["record"]), type=Record)
        assert open_record(bytes.fromhex(frame["bytes"]), key) == expected


def test_messages_are_read_as_they_were_written() -> None:
    def document(name: str, type: Any) -> Any:
        return msgspec.json.decode(json.dumps(MESSAGE[name]["document"]), type=type)

    def data(name: str) -> bytes:
        return bytes.fromhex(MESSAGE[name]["bytes"])

    assert ack.receive(data("ack"), TENANT, NODE, EPOCH, 9, HUB) == document("ack", Ack)
    assert status.receive(data("status"), TENANT, NODE, NODE_KEY) == document("status", Status)
    time = document("time", HubTime)
    assert told(data("time"), time.nonce, HUB, 0, 0).at_ms == time.at_ms == START_MS
    pinned = keyset.pinned(data("keys"), TENANT)
    assert pinned == document("keys", keyset.KeySet)
    assert Trust(MARKET, pinned).offered(data("head"), at()).head == document("head", Head)
    received = receive(bytes.fromhex(MESSAGE["batch"]), TENANT, NODE, NODE_KEY)
    assert [item.seq for item in received.items if item.header] == [5, 6]


@pytest.mark.parametrize(
    "stored", MESSAGE["commands"], ids=lambda stored: stored["document"]["action"]["type"]
)
def test_commands_are_read_as_they_were_written(stored: Any) -> None:
    taken = command.Known().take(bytes.fromhex(stored["bytes"]), TENANT, NODE, HUB, at())
    assert taken.command == msgspec.json.decode(json.dumps(stored["document"]), type=Command)


def test_joining_is_read_as_it_was_written() -> None:
    document, keys = provisioning.read_file(json.dumps(MESSAGE["provisioning"]).encode(), at())
    node = NodeKeys.of(bytes.fromhex(KEYS["node_secret"]))
    request = provisioning.enrolling(bytes.fromhex(MESSAGE["enrolment"]))
    assert (request.token, request.seal_key) == (document.token, node.unsealer.public)
    answer = provisioning.admitted(bytes.fromhex(MESSAGE["admission"]), document, keys, node)
    account = provisioning.account(answer, node.unsealer)
    assert account == provisioning.Account(username="acme.shop-17", password="word")


def test_catalogue_is_read_as_it_was_written() -> None:
    lines = {id: line.encode() for id, line in CATALOGUE["lines"].items()}
    assert State(CATALOGUE["market"].encode(), lines).digest() == CATALOGUE["content"]
    stream = bytes.fromhex((build.HERE / build.STREAM).read_text("utf-8"))
    change, items = delta.read(stream, 100_000)
    assert built(change, items).lines == lines
    assert [build.plain(item) for item in items] == CATALOGUE["items"]
    assert build.plain(change) == CATALOGUE["change"]


# A second reader, by the words of sync/README.md alone.


def _body(message: bytes, public: bytes) -> Any:
    form, kind, body, signatures = msgspec.msgpack.decode(message)
    assert form == 1
    for key, signature in signatures:
        assert key == hashlib.sha256(public).hexdigest()[:16]
        VerifyKey(public).verify(b"prilavok/1/" + kind.encode() + b"\0" + body, signature)
    return msgspec.msgpack.decode(body)


def test_second_reader_verifies_the_messages() -> None:
    public = {name: bytes.fromhex(key) for name, key in MESSAGE["public"].items()}
    assert _body(bytes.fromhex(MESSAGE["ack"]["bytes"]), public["hub"])["upto"] == 2
    assert _body(bytes.fromhex(MESSAGE["keys"]["bytes"]), public["root"])["version"] == 1
    form, key_sets, head = msgspec.msgpack.decode(bytes.fromhex(MESSAGE["head"]["bytes"]))
    assert (form, len(key_sets)) == (1, 1)
    assert _body(head, public["catalog"])["version"] == 4
    assert [seq for seq, _ in _body(bytes.fromhex(MESSAGE["batch"]), public["node"])["records"]] == [5, 6]


def test_second_reader_opens_the_records() -> None:
    _, header, box, signature = msgspec.msgpack.decode(bytes.fromhex(SEAL["key_frame"]))
    VerifyKey(bytes.fromhex(SEAL["node_public"])).verify(b"prilavok/1/key\0" + header + box, signature)
    log = SealedBox(PrivateKey(bytes.fromhex(SEAL["log_secret"])))
    bound, secret = msgspec.msgpack.decode(log.decrypt(box))
    assert bound == hashlib.sha256(header).hexdigest()
    for frame in SEAL["frames"]:
        _, header, box, _ = msgspec.msgpack.decode(bytes.fromhex(frame["bytes"]))
        assert msgspec.msgpack.decode(header)[3] == frame["seq"]
        record = msgspec.msgpack.decode(Aead(secret).decrypt(box, header))
        assert record["at"] == frame["record"]["at"]


def test_second_reader_counts_the_content_digest() -> None:
    def line(text: str) -> bytes:
        return hashlib.blake2b(text.encode(), digest_size=16).digest()

    counted = hashlib.sha256(b"prilavok/1/content\0" + line(CATALOGUE["market"]))
    for id in sorted(CATALOGUE["lines"], key=str.encode):
        counted.update(len(id.encode()).to_bytes(2, "big") + id.encode() + line(CATALOGUE["lines"][id]))
    assert counted.hexdigest() == CATALOGUE["content"]


def test_second_reader_counts_the_blob() -> None:
    data, size = bytes(range(256)) * 800, 96 * 1024
    index = bytes.fromhex(CATALOGUE["blob"]["index"])
    assert hashlib.sha256(index).hexdigest() == CATALOGUE["blob"]["digest"]
    found = msgspec.msgpack.decode(index)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert found == {"size": len(data), "pieces": [hashlib.sha256(piece).digest() for piece in pieces]}


def test_second_reader_names_the_session() -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = 0
    for letter in KEYS["session"]["code"].replace("-", ""):
        number = number * 32 + alphabet.index(letter)
    assert number.to_bytes(10, "big").hex() == KEYS["session"]["id"]
    assert len(base64.b32encode(bytes.fromhex(KEYS["session"]["id"]))) == 16
