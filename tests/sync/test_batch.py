"""Batches fit a message, are the node's, and let one damaged record spoil nothing but itself."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.batch import MOST_GONE, Batch, Sender, Sent, receive
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Corrupt, PrilavokError, Refused
from sync.seal import FRAME_LIMIT_BYTES, DataKey
from sync.signed import Signatories, sign, verify
from sync.span import Span
from tests.sync.cast import EPOCH, NODE, NODE_KEYS, TENANT, dice, flips, sealer, signer, stamp
from tests.sync.sample import FEEDBACK, TURN, record

SENDER = Sender(TENANT, NODE, EPOCH, NODE_KEYS.signer)
PUBLIC = NODE_KEYS.signer.public
KEY = DataKey.born(dice("session"))


def _sent(*seqs: int) -> list[Sent]:
    hand = sealer()
    return [Sent(seq, hand.record(record(FEEDBACK), KEY, seq)) for seq in seqs]


def test_batch_arrives_as_it_was_packed() -> None:
    sent = _sent(3, 4, 9)
    packed = SENDER.pack(sent, stamp(), low=3, gone=[Span(5, 8)], dropped={"chat": 4})
    received = receive(packed.message, TENANT, NODE, PUBLIC)
    assert packed.taken == 3
    assert received.batch.records == tuple(sent)
    assert [item.header.seq for item in received.items if item.header] == [3, 4, 9]
    assert (received.batch.gone, received.batch.dropped) == ((Span(5, 8),), {"chat": 4})
    assert (received.batch.low, received.batch.sent) == (3, stamp())


@given(st.lists(st.integers(1, FRAME_LIMIT_BYTES), max_size=60), st.integers(0, 700))
@settings(max_examples=60)
def test_batch_never_exceeds_its_limit_and_always_gets_on(sizes: list[int], gone: int) -> None:
    sent = [Sent(2**62 + number, b"x" * size) for number, size in enumerate(sizes)]
    spans = [Span(2**62 + 2 * number, 2**62 + 2 * number) for number in range(gone)]
    packed = SENDER.pack(sent, stamp(), low=1, gone=spans)
    assert len(packed.message) <= MESSAGE_LIMIT_BYTES
    assert packed.taken >= min(1, len(sent))
    batch = receive(packed.message, TENANT, NODE, PUBLIC).batch
    assert list(batch.records) == sent[: packed.taken]
    assert len(batch.gone) == min(gone, MOST_GONE)


def test_full_batch_is_nearly_full() -> None:
    sent = _sent(*range(1, 1000))
    packed = SENDER.pack(sent, stamp(), low=1)
    assert MESSAGE_LIMIT_BYTES * 0.9 < len(packed.message) <= MESSAGE_LIMIT_BYTES


def test_narrower_limit_is_kept() -> None:
    packed = SENDER.pack(_sent(*range(1, 100)), stamp(), low=1, limit_bytes=8_000)
    assert len(packed.message) <= 8_000


def test_frame_too_big_for_any_batch_is_refused() -> None:
    with pytest.raises(Refused) as raised:
        SENDER.pack([Sent(1, b"x" * (FRAME_LIMIT_BYTES + 1))], stamp(), low=1)
    assert raised.value.code == "record.too_large"


def test_any_flipped_bit_of_a_batch_is_refused() -> None:
    message = SENDER.pack(_sent(1), stamp(), low=1).message
    for turned in flips(message):
        with pytest.raises(PrilavokError):
            receive(turned, TENANT, NODE, PUBLIC)


def test_signature_is_checked_before_the_batch_is_read() -> None:
    """Bytes that would not parse are refused for the signature, not for their form."""
    body = b"\xc1 no batch"
    with pytest.raises(Refused) as raised:
        receive(sign("batch", body, signer("thief")), TENANT, NODE, PUBLIC)
    assert raised.value.code == "signature.invalid"
    with pytest.raises(Corrupt):
        receive(sign("batch", body, NODE_KEYS.signer), TENANT, NODE, PUBLIC)


def test_batch_under_another_nodes_topic_is_refused() -> None:
    message = SENDER.pack(_sent(1), stamp(), low=1).message
    for tenant, node in ((TENANT, "shop-18"), ("other", NODE)):
        with pytest.raises(Refused) as raised:
            receive(message, tenant, node, PUBLIC)
        assert raised.value.code == "batch.foreign"


def test_damaged_record_is_set_apart_by_its_number() -> None:
    good, other = _sent(1, 3)
    foreign = Sent(4, sealer(node="shop-18").record(record(TURN), KEY, 4))
    misplaced = Sent(5, _sent(6)[0].frame)
    sent = [good, Sent(2, b"\xffrotten"), other, foreign, misplaced]
    received = receive(SENDER.pack(sent, stamp(), low=1).message, TENANT, NODE, PUBLIC)
    assert [item.seq for item in received.items if item.header is None] == [2, 4, 5]
    assert [item.seq for item in received.items if item.header] == [1, 3]


def test_newer_nodes_fields_and_classes_do_no_harm() -> None:
    message = SENDER.pack(_sent(1), stamp(), low=1, dropped={"video": 3}).message
    raw = msgspec.msgpack.decode(verify(message, "batch", Signatories((PUBLIC,))))
    raw["colour"] = "red"
    received = receive(sign("batch", msgspec.msgpack.encode(raw), NODE_KEYS.signer), TENANT, NODE, PUBLIC)
    assert isinstance(received.batch, Batch)
    assert received.batch.dropped == {"video": 3}
