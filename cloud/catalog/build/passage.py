"""Embeds what is published, once a text and model: in batches, each kept when it is made.

Cut off at any moment, the rest is made next time. A text that many providers share, or that a new version did
not change, is not embedded again.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from cloud import postgres
from cloud.catalog.build import store
from cloud.catalog.build.store import Span
from cloud.postgres import Pool
from sync import failpoint
from sync.interchange.passage import SCALE, passage
from sync.provider import Market, Provider
from sync.taxonomy import Taxonomy

BATCH = 128
DIGEST_BYTES = 16

_decode = msgspec.json.Decoder(Provider).decode
_decode_market = msgspec.json.Decoder(Market).decode


class Embedder(Protocol):
    """An embedding model (models/runtime/embed.py has one)."""

    @property
    def name(self) -> str: ...

    def passage(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


def embed(
    pool: Pool, tenant: str, span: Span, document: bytes, taxonomy: Taxonomy, embedder: Embedder
) -> int:
    """Makes every vector that a version lacks; gives how many."""
    kinds = taxonomy.with_market(_decode_market(document))
    _read_passages(pool, tenant, span, kinds)
    with postgres.tenant(pool, tenant) as connection:
        wanted = store.unembedded(connection, span, embedder.name)
    for start in range(0, len(wanted), BATCH):
        some = wanted[start : start + BATCH]
        with postgres.tenant(pool, tenant) as connection:
            lines = store.lines_of(connection, span, [id for _, id in some])
        vectors = embedder.passage([passage(_decode(lines[id]), kinds) for _, id in some])
        kept = [(digest, signed_bytes(vector)) for (digest, _), vector in zip(some, vectors, strict=True)]
        with postgres.tenant(pool, tenant) as connection:
            store.add_vectors(connection, embedder.name, kept)
        failpoint.reach("catalog.embedded")
    return len(wanted)


def signed_bytes(vector: NDArray[np.float32]) -> bytes:
    """A unit vector, a signed byte a dimension, as a node keeps it."""
    return np.round(vector * SCALE).astype(np.int8).tobytes()


def _read_passages(pool: Pool, tenant: str, span: Span, kinds: Taxonomy) -> None:
    after = ""
    while True:
        with postgres.tenant(pool, tenant) as connection:
            rows = store.unread(connection, span, after, BATCH * 8)
            told = [(_digest(passage(_decode(line), kinds)), id, first) for id, first, line in rows]
            store.set_passages(connection, span.market, told)
        if not rows:
            return
        after = rows[-1][0]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=DIGEST_BYTES).digest()
