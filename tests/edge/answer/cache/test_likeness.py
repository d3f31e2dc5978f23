"""Near questions: found by cosine, among vectors of one model, and never at a failing model's word."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from edge.answer.cache.likeness import Likeness, cosine, packed
from sync.errors import Unavailable
from tests.edge.answer.cache.test_store import entry
from tests.simulators.phraser import WordVectors

UNIT = (
    arrays(np.float32, 48, elements=st.floats(-1, 1, width=32))
    .filter(lambda v: bool(np.linalg.norm(v) > 0.1))
    .map(lambda v: v / np.linalg.norm(v))
)


@given(one=UNIT, other=UNIT)
def test_packing_changes_a_cosine_by_less_than_a_twentieth(
    one: NDArray[np.float32], other: NDArray[np.float32]
) -> None:
    assert abs(cosine(packed(one), packed(other)) - float(one @ other)) < 0.05


def test_vectors_that_do_not_fit_are_not_alike() -> None:
    assert cosine(b"", b"") == cosine(b"\x01", b"\x01\x01") == cosine(b"\x00", b"\x01") == -1.0


def test_vectors_of_another_model_are_not_compared() -> None:
    near = Likeness(WordVectors(), 0.5)
    assert near.nearest("a plumber", [entry(), entry(1, 2)]) is None


class Failing:
    """A model that breaks."""

    name = "small"

    def query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise Unavailable("It broke.", code="models.embed")


def test_a_model_that_fails_finds_nothing_near() -> None:
    near = Likeness(Failing(), 0.5)
    assert near.vector("a plumber") == b""
    assert near.nearest("a plumber", [entry()]) is None
