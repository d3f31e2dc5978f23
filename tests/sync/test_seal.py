"""Sealed records open for the tenant's key alone, whole and where they belong."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.errors import Corrupt, PrilavokError, Refused
from sync.key import Unsealer
from sync.record import Record
from sync.seal import SIGNED_AS, DataKey, code, coded, header_of, open_key, open_record
from tests.sync.cast import EPOCH, LOG, NODE, NODE_KEYS, TENANT, dice, flips, sealer, signer
from tests.sync.sample import FEEDBACK, TURN, record, records

KEY = DataKey.born(dice("session"))
PUBLIC = NODE_KEYS.signer.public


@given(records, st.integers(1, 2**63 - 1))
@settings(max_examples=60)
def test_hub_reads_what_the_node_wrote(given: Record, seq: int) -> None:
    hand = sealer()
    key = open_key(hand.key(KEY, seq, "chat"), LOG, PUBLIC)
    assert key == KEY
    assert open_record(hand.record(given, KEY, seq), key) == given


def test_header_tells_where_a_frame_belongs_and_nothing_else() -> None:
    header = header_of(sealer().record(record(TURN), KEY, 7))
    assert (header.tenant, header.node, header.epoch, header.seq) == (TENANT, NODE, EPOCH, 7)
    assert (header.cls, header.kind, header.data_key, header.log_key) == ("chat", "record", KEY.id, LOG.id)


def test_node_cannot_read_its_own_past() -> None:
    """All that is on the node's disk: frames, its secret, the public log key."""
    frame = sealer().key(KEY, 1, "chat")
    for secret in (NODE_KEYS.unsealer, Unsealer(NODE_KEYS.signer.seed)):
        with pytest.raises(Corrupt):
            open_key(frame, secret, PUBLIC)
    assert KEY.secret not in frame


def test_plain_text_is_nowhere_in_a_frame() -> None:
    frame = sealer().record(record(TURN), KEY, 1)
    assert "сантехника".encode() not in frame
    assert b"plumber" not in frame


def test_any_flipped_bit_of_a_record_is_detected() -> None:
    frame = sealer().record(record(FEEDBACK), KEY, 7)
    for turned in flips(frame):
        with pytest.raises(PrilavokError):
            open_record(turned, KEY)


def test_any_flipped_bit_of_a_key_frame_is_detected() -> None:
    frame = sealer().key(KEY, 7, "chat")
    for turned in flips(frame):
        with pytest.raises(PrilavokError):
            open_key(turned, LOG, PUBLIC)


@pytest.mark.parametrize(
    "change", [{"tenant": "other"}, {"node": "shop-18"}, {"epoch": "00000000000000e2"}], ids=str
)
def test_swapped_header_is_detected(change: dict[str, str]) -> None:
    mine = msgspec.msgpack.decode(sealer().record(record(TURN), KEY, 7))
    theirs = msgspec.msgpack.decode(sealer(**change).record(record(TURN), KEY, 7))
    swapped = msgspec.msgpack.encode([1, theirs[1], mine[2], b""])
    assert header_of(swapped) != header_of(msgspec.msgpack.encode(mine))
    with pytest.raises(Corrupt):
        open_record(swapped, KEY)


def test_record_moved_to_another_number_or_class_is_detected() -> None:
    first, second = (msgspec.msgpack.decode(sealer().record(record(TURN), KEY, seq)) for seq in (7, 8))
    other = msgspec.msgpack.decode(sealer().record(record(FEEDBACK), KEY, 7))
    for header in (second[1], other[1]):
        with pytest.raises(Corrupt):
            open_record(msgspec.msgpack.encode([1, header, first[2], b""]), KEY)


def test_key_frames_header_cannot_be_swapped() -> None:
    mine, theirs = (msgspec.msgpack.decode(sealer().key(KEY, seq, "chat")) for seq in (1, 2))
    with pytest.raises(Refused):
        open_key(msgspec.msgpack.encode([1, theirs[1], mine[2], mine[3]]), LOG, PUBLIC)


def test_key_of_another_node_is_refused() -> None:
    """Whoever knows the log key's public half can seal to it, but not sign for the node."""
    forged = sealer(signer=signer("thief")).key(KEY, 1, "chat")
    with pytest.raises(Refused) as raised:
        open_key(forged, LOG, PUBLIC)
    assert raised.value.code == "seal.unsigned"


def test_other_tenants_key_opens_nothing() -> None:
    with pytest.raises(Corrupt):
        open_key(sealer().key(KEY, 1, "chat"), Unsealer.born(), PUBLIC)
    stolen = DataKey(KEY.id, dice("other")(32))
    with pytest.raises(Corrupt):
        open_record(sealer().record(record(TURN), KEY, 1), stolen)


def test_destroyed_key_leaves_nothing_to_read() -> None:
    frame = sealer().record(record(TURN), KEY, 1)
    for other in (DataKey.born(), DataKey.born()):
        with pytest.raises(Corrupt):
            open_record(frame, other)


def test_record_is_no_key_and_a_key_no_record() -> None:
    with pytest.raises(Refused):
        open_key(sealer().record(record(TURN), KEY, 1), LOG, PUBLIC)
    with pytest.raises(Corrupt):
        open_record(sealer().key(KEY, 1, "chat"), KEY)


def test_key_that_was_sealed_for_another_header_is_refused_though_the_node_signs_it() -> None:
    """Whoever has the node's signing key cannot pass an old sealed key off under another id."""
    mine = msgspec.msgpack.decode(sealer().key(KEY, 1, "chat"))
    other = msgspec.msgpack.decode(sealer().key(DataKey.born(), 1, "chat"))
    signature = NODE_KEYS.signer.sign(SIGNED_AS + other[1] + mine[2])
    with pytest.raises(Corrupt):
        open_key(msgspec.msgpack.encode([1, other[1], mine[2], signature]), LOG, PUBLIC)


def test_record_opens_only_by_the_key_of_its_id_and_in_its_one_form() -> None:
    frame = sealer().record(record(TURN), KEY, 1)
    with pytest.raises(Corrupt):
        open_record(frame, DataKey(b"0123456789", KEY.secret))
    parts = msgspec.msgpack.decode(frame)
    with pytest.raises(Corrupt):
        open_record(msgspec.msgpack.encode([*parts[:3], b"s" * 64]), KEY)


def test_same_record_is_never_sealed_alike() -> None:
    hand = sealer()
    assert hand.record(record(TURN), KEY, 1) != hand.record(record(TURN), KEY, 1)


@given(st.binary(min_size=10, max_size=10))
def test_code_names_a_session_however_it_is_typed(id: bytes) -> None:
    said = code(id)
    assert len(said) == 19
    assert coded(said) == coded(said.lower()) == coded(said.replace("-", " ")) == id
    assert coded(said.replace("0", "o").replace("1", "l")) == id


@pytest.mark.parametrize("text", ["", "ABCD", "ABCD-EFGH-JKMN-PQR", "ABCD-EFGH-JKMN-PQRU", "ы" * 16])
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        coded(text)
