"""What a model is worth here: an embedding model's speed, and how well it finds across languages.

Retrieval is measured on any parallel texts: the same passages in several languages, one as the page, another
as the query. Leaves out sentences of generators (read by people) and answers as a whole (`make evaluate`).
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from models.registry import Model
from models.runtime.embed import Embedder, Vectors

QUERY = "Where can I have a broken phone screen repaired nearby?"
PASSAGE = (
    "We repair phones, tablets and laptops while you wait. Screens, batteries and charging ports for all "
    "common makes are in stock. Open Monday to Saturday, card payment, wheelchair access, parking behind. "
)
ROUNDS = 50


class EmbeddingTiming(msgspec.Struct, frozen=True, kw_only=True):
    """Medians, in milliseconds; a passage is 200 characters, taken in batches of 32."""

    load_ms: float
    query_ms: float
    passage_ms: float
    dimension: int


class Retrieval(msgspec.Struct, frozen=True, kw_only=True):
    """How often the right page is first (`recall_at_1`), and its mean reciprocal rank."""

    language: str
    queries: int
    recall_at_1: float
    mean_reciprocal_rank: float


def time_embedding(model: Model, folder: Path, threads: int = 1) -> EmbeddingTiming:
    """Load and time. Raises what Embedder.load raises."""
    begin = time.perf_counter()
    embedder = Embedder.load(model, folder, threads=threads)
    load_ms = (time.perf_counter() - begin) * 1000
    queries, passages = [], []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        embedder.query([QUERY])
        queries.append((time.perf_counter() - begin) * 1000)
    for _ in range(5):
        begin = time.perf_counter()
        embedder.passage([PASSAGE] * 32)
        passages.append((time.perf_counter() - begin) * 1000 / 32)
    return EmbeddingTiming(
        load_ms=round(load_ms, 1),
        query_ms=round(statistics.median(queries), 3),
        passage_ms=round(statistics.median(passages), 3),
        dimension=embedder.dimension,
    )


def retrieval(
    embedder: Embedder, pages: Sequence[str], queries: dict[str, Sequence[str | None]]
) -> list[Retrieval]:
    """For each language, queries in the order of the pages that answer them (None: no query)."""
    vectors = embedder.passage(pages)
    return [_score(language, embedder, vectors, texts) for language, texts in queries.items()]


def _score(language: str, embedder: Embedder, pages: Vectors, texts: Sequence[str | None]) -> Retrieval:
    asked = [(index, text) for index, text in enumerate(texts) if text]
    scores = embedder.query([text for _, text in asked]) @ pages.T
    own = scores[np.arange(len(asked)), [index for index, _ in asked]]
    ranks = 1 + (scores > own[:, None]).sum(axis=1)
    return Retrieval(
        language=language,
        queries=len(asked),
        recall_at_1=round(float((ranks == 1).mean()), 3),
        mean_reciprocal_rank=round(float((1 / ranks).mean()), 3),
    )
