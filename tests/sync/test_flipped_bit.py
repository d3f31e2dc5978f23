"""A hundred thousand flipped bits over everything that is sealed or signed: every one is detected.

Each form's own tests turn each bit of one message. Here they are whole sets of records and messages of usual
size, as they lie on a node's disk and cross the line.
"""

from collections.abc import Callable

from sync import ack, batch, command, status
from sync.ack import acknowledge
from sync.batch import Sender, Sent
from sync.command import Known
from sync.errors import PrilavokError
from sync.seal import DataKey, open_key, open_record
from sync.signed import Signatories
from sync.span import Span
from tests.sync.cast import EPOCH, HUB, LOG, NODE, NODE_KEYS, TENANT, at, dice, flips, sealer, stamp
from tests.sync.document import ACTIONS, ONLINE, example
from tests.sync.sample import FEEDBACK, HEALTH, LEAD, PART, RECEIPT, TURN, record

PUBLIC = NODE_KEYS.signer.public
HUBS = Signatories((HUB.public,))
KEY = DataKey.born(dice("session"))
ENOUGH = 100_000
Opens = Callable[[bytes], object]


def _records() -> list[bytes]:
    """A session's frames: every kind of record, some turns."""
    hand, payloads = sealer(), (LEAD, FEEDBACK, RECEIPT, HEALTH, PART, *[TURN] * 14)
    return [hand.record(record(payload), KEY, seq) for seq, payload in enumerate(payloads, 2)]


def _envelopes() -> list[tuple[bytes, Opens]]:
    """Sealed or signed bytes, and how they are opened."""
    frames, key = _records(), sealer().key(KEY, 1, "chat")
    sent = [Sent(1, key), *(Sent(seq, frame) for seq, frame in enumerate(frames[:3], 2))]
    packed = Sender(TENANT, NODE, EPOCH, NODE_KEYS.signer).pack(sent, stamp(), low=1).message
    known = acknowledge(TENANT, NODE, EPOCH, [Span(1, 3), Span(5, 9)])
    return [
        *((frame, lambda data: open_record(data, KEY)) for frame in frames),
        (key, lambda data: open_key(data, LOG, PUBLIC)),
        (packed, lambda data: batch.receive(data, TENANT, NODE, PUBLIC)),
        (ack.write(known, HUB), lambda data: ack.receive(data, TENANT, NODE, EPOCH, 9, HUBS)),
        (status.write(ONLINE, NODE_KEYS.signer), lambda data: status.receive(data, TENANT, NODE, PUBLIC)),
        *(
            (command.write(example(action), HUB), lambda data: Known().take(data, TENANT, NODE, HUBS, at()))
            for action in ACTIONS
        ),
    ]


def test_a_hundred_thousand_flipped_bits_are_all_detected() -> None:
    turned = believed = 0
    for whole, opens in _envelopes():
        opens(whole)
        for data in flips(whole):
            turned += 1
            try:
                opens(data)
            except PrilavokError:
                continue
            believed += 1
    assert turned >= ENOUGH
    assert believed == 0
