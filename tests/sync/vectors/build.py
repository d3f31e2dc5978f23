"""Writes the golden vectors: `python -m tests.sync.vectors.build`. What a second implementation is held to.

Every key and nonce comes from dice that fall alike, so the bytes are the same for ever. A vector that changes
is a change of the protocol: nodes in the field would not understand it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from sync import ack, clock, command, head, keyset, provisioning, status
from sync.batch import Sender, Sent
from sync.blob import cut
from sync.clock import HubTime
from sync.content import State
from sync.delta import Change, Delete, Item, SetMarket, Upsert, Vector, write
from sync.document import encode
from sync.identity import key_id
from sync.key import seal_to
from sync.seal import DataKey
from sync.snapshot import whole
from sync.span import Span, of
from tests.sync import cast
from tests.sync.cast import (
    CATALOG,
    EPOCH,
    HUB,
    LOG,
    NODE,
    NODE_KEYS,
    ROOT,
    START_MS,
    TENANT,
    dice,
    key_set,
    stamp,
)
from tests.sync.document import ACTIONS, FILE, HEAD, ONLINE, example
from tests.sync.sample import EVERY, record

HERE = Path(__file__).parent
DATA_KEY = DataKey.born(dice("session"))
STREAM = "stream.hex"
Vectors = dict[str, Any]


def vectors() -> dict[str, Vectors]:
    """File name to what is in it; bytes in hexadecimal."""
    return {
        "key.json": _keys(),
        "seal.json": _seals(),
        "message.json": _messages(),
        "catalogue.json": _catalogue(),
    }


def _keys() -> Vectors:
    sealed = seal_to(LOG.public, b"message", dice("ephemeral"))
    return {
        "node_secret": dice("node")(32).hex(),
        "sign_seed": NODE_KEYS.signer.seed.hex(),
        "sign_public": NODE_KEYS.signer.public.hex(),
        "sign_id": key_id(NODE_KEYS.signer.public),
        "seal_secret": NODE_KEYS.unsealer.secret.hex(),
        "seal_public": NODE_KEYS.unsealer.public.hex(),
        "log_secret": LOG.secret.hex(),
        "log_public": LOG.public.hex(),
        "sealed": {"message": b"message".hex(), "bytes": sealed.hex()},
        "session": {"id": DATA_KEY.id.hex(), "code": DATA_KEY.code},
    }


def _seals() -> Vectors:
    hand = cast.sealer(dice("seal"))
    frames = [
        {
            "seq": seq,
            "record": plain(record(payload)),
            "bytes": hand.record(record(payload), DATA_KEY, seq).hex(),
        }
        for seq, payload in enumerate(EVERY, 2)
    ]
    return {
        "log_secret": LOG.secret.hex(),
        "node_public": NODE_KEYS.signer.public.hex(),
        "data_key": {"id": DATA_KEY.id.hex(), "secret": DATA_KEY.secret.hex()},
        "key_frame": hand.key(DATA_KEY, 1, "chat").hex(),
        "frames": frames,
    }


def _messages() -> Vectors:
    hand = cast.sealer(dice("batch"))
    sent = [Sent(seq, hand.record(record(EVERY[1]), DATA_KEY, seq)) for seq in (5, 6)]
    batch = Sender(TENANT, NODE, EPOCH, NODE_KEYS.signer).pack(
        sent, stamp(), low=4, gone=[Span(4, 4)], dropped={"chat": 1}
    )
    said = ack.acknowledge(TENANT, NODE, EPOCH, of([1, 2, 5, 9]))
    request = provisioning.enrol(FILE, NODE_KEYS)
    account = provisioning.Account(username="acme.shop-17", password="word")
    admission = provisioning.admit(
        provisioning.enrolling(request), "accepted", START_MS, HUB, account, dice("account")
    )
    return {
        "public": {name: signer.public.hex() for name, signer in _signers().items()},
        "batch": batch.message.hex(),
        "ack": {"document": plain(said), "bytes": ack.write(said, HUB).hex()},
        "status": {"document": plain(ONLINE), "bytes": status.write(ONLINE, NODE_KEYS.signer).hex()},
        "commands": [
            {"document": plain(example(action)), "bytes": command.write(example(action), HUB).hex()}
            for action in ACTIONS
        ],
        "time": {
            "document": plain(HubTime(at_ms=START_MS, nonce=b"n" * 16)),
            "bytes": clock.tell(b"n" * 16, START_MS, HUB).hex(),
        },
        "keys": {"document": plain(key_set()), "bytes": keyset.write(key_set(), ROOT).hex()},
        "enrolment": request.hex(),
        "admission": admission.hex(),
        "provisioning": json.loads(provisioning.write_file(FILE)),
        "head": {
            "document": plain(HEAD),
            "bytes": head.write(HEAD, [keyset.write(key_set(), ROOT)], CATALOG).hex(),
        },
    }


def _signers() -> dict[str, Any]:
    return {"node": NODE_KEYS.signer, "hub": HUB, "root": ROOT, "catalog": CATALOG}


def _catalogue() -> Vectors:
    market, change, items = snapshot()
    data = bytes(range(256)) * 800
    mixed = (Upsert("a", b"{}"), Delete("a"), SetMarket(b"{}"), Vector("a", b"\1"))
    return {
        "market": market.market.decode(),
        "lines": {id: line.decode() for id, line in market.lines.items()},
        "content": market.digest(),
        "change": plain(change),
        "items": [plain(item) for item in items],
        "encoded_items": [{"item": plain(item), "bytes": encode(item).hex()} for item in mixed],
        "blob": {
            "pattern": "bytes 0 to 255, 800 times",
            "digest": cut(data).digest,
            "index": cut(data).pieces[0].hex(),
        },
    }


def snapshot() -> tuple[State, Change, list[Item]]:
    """A small catalogue as a change from nothing."""
    market = cast.state(a="A", b="B", я="Я")
    vector = {"a": b"\x01\x7f\x80\xff"}
    change, items = whole(
        market, tenant=TENANT, market=cast.MARKET, version=3, embeddings=vector, model="use"
    )
    return market, change, items


def plain(value: object) -> Any:
    """A document as JSON has it: bytes as base64."""
    return json.loads(msgspec.json.encode(value))


def text(found: Vectors) -> str:
    """The vectors as they stand in their file."""
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    for name, found in vectors().items():
        (HERE / name).write_text(text(found), "utf-8")
    stream = HERE / STREAM
    if not stream.exists():  # zlib may pack otherwise elsewhere: this one is only ever read
        _, change, items = snapshot()
        stream.write_text(b"".join(write(change, items)).hex() + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
