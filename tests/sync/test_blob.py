"""Blobs come in pieces, in any order, from anyone; nothing false is kept."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import blob
from sync.blob import PIECE_BYTES, BlobRef, Index, cut
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Corrupt, PrilavokError, Refused
from tests.sync.cast import flips


def _data(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def _ref(data: bytes) -> BlobRef:
    return BlobRef(digest=cut(data).digest, size=len(data), unpacked=0)


@given(st.integers(0, 4 * PIECE_BYTES), st.randoms())
@settings(max_examples=25)
def test_blob_is_put_together_from_pieces_in_any_order(size: int, dice: random.Random) -> None:
    data = _data(size)
    made, ref = cut(data), _ref(data)
    assert all(len(piece) <= PIECE_BYTES for piece in made.pieces)
    index = blob.read_index(ref, made.pieces[0])
    have: dict[int, bytes] = {}
    order = list(blob.missing(index, set(have)))
    dice.shuffle(order)
    for piece in order:
        have[piece] = blob.check(ref, index, piece, made.pieces[piece])
    assert list(blob.missing(index, set(have))) == []
    assert b"".join(have[piece] for piece in sorted(have)) == data


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1])
def test_last_piece_is_as_long_as_it_is(size: int) -> None:
    pieces = cut(_data(size)).pieces[1:]
    assert sum(map(len, pieces)) == size
    assert all(len(piece) == PIECE_BYTES for piece in pieces[:-1])


def test_largest_index_fits_a_message() -> None:
    size = blob.BLOB_LIMIT_BYTES
    index = Index(size=size, pieces=tuple(bytes(32) for _ in range(blob.MOST_PIECES)))
    assert len(blob.encode(index, blob.INDEX_LIMIT_BYTES)) < MESSAGE_LIMIT_BYTES


def test_blob_of_too_many_pieces_is_refused() -> None:
    with pytest.raises(Refused):
        cut(bytes(blob.BLOB_LIMIT_BYTES + 1))


def test_any_flipped_bit_of_an_index_is_detected() -> None:
    data = _data(300_000)
    ref = _ref(data)
    for turned in flips(cut(data).pieces[0]):
        with pytest.raises(Corrupt):
            blob.read_index(ref, turned)


def test_piece_in_anothers_place_cut_or_changed_is_detected() -> None:
    data = _data(3 * PIECE_BYTES)
    made, ref = cut(data), _ref(data)
    index = blob.read_index(ref, made.pieces[0])
    good = made.pieces[1]
    for piece, bytes_ in (
        (2, good),
        (1, good[:-1]),
        (1, good + b"x"),
        (1, b"\0" + good[1:]),
        (0, good),
        (4, good),
    ):
        with pytest.raises(Corrupt):
            blob.check(ref, index, piece, bytes_)


def test_captive_portals_page_is_no_piece() -> None:
    data = _data(10)
    with pytest.raises(Corrupt):
        blob.read_index(_ref(data), b"<html>Log in</html>")


def test_blob_bigger_than_promised_is_not_fetched() -> None:
    """Endless data: the head says how big it is, and the index must agree."""
    made = cut(_data(5_000))
    with pytest.raises(Corrupt):
        blob.read_index(BlobRef(digest=made.digest, size=4_999, unpacked=0), made.pieces[0])


def test_index_whose_count_does_not_fit_is_none() -> None:
    with pytest.raises((ValueError, PrilavokError)):
        Index(size=PIECE_BYTES + 1, pieces=(bytes(32),))
