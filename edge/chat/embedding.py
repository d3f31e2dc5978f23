"""Vectors of texts, as OpenAI's interface gives them, by the node's embedding model."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.chat.desk import Desk
from edge.chat.service import PIPELINE
from edge.chat.wire import EmbeddingItem, EmbeddingList, EmbeddingRequest
from sync.errors import Missing, Refused, Unavailable

MOST_TEXTS = 128
MOST_CHARS = 8000


class Embedder(Protocol):
    """What `models.runtime.embed` gives: unit vectors, one row a text."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def query(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def passage(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Embeddings:
    """`embedder` gives None where the model is missing or broken."""

    desk: Desk
    embedder: Callable[[], Embedder | None]

    async def embed(self, request: EmbeddingRequest) -> EmbeddingList:
        """One vector a text, in order. Refused when there are too many, or one is empty or too long."""
        texts = [request.input] if isinstance(request.input, str) else request.input
        _check(texts)
        embedder = self.embedder()
        if embedder is None:
            raise Unavailable(
                "There is no embedding model.", code="model.missing", hint="GET /health says why."
            )
        if request.model not in (PIPELINE, embedder.name):
            raise Missing(
                f"There is no embedding model {request.model!r} here.",
                code="model_not_found",
                hint="GET /v1/models lists them.",
            )
        work = embedder.query if request.input_type == "query" else embedder.passage
        vectors = await self.desk.call(lambda: work(texts))
        items = tuple(
            EmbeddingItem(index=index, embedding=_written(vector, request.encoding_format))
            for index, vector in enumerate(vectors)
        )
        return EmbeddingList(data=items, model=embedder.name)


def _check(texts: list[str]) -> None:
    if not 1 <= len(texts) <= MOST_TEXTS:
        raise Refused(
            f"{len(texts)} texts: between 1 and {MOST_TEXTS} are taken.",
            code="input.count",
            hint="Send them in parts.",
        )
    for text in texts:
        if not text.strip() or len(text) > MOST_CHARS:
            raise Refused(
                f"A text of {len(text)} characters: it must hold something, and at most {MOST_CHARS}.",
                code="input.length",
                hint="Leave empty texts out and cut long ones.",
            )


def _written(vector: NDArray[np.float32], form: str) -> list[float] | str:
    if form == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")
    values: list[float] = vector.tolist()
    return values
