"""A generator that obeys any grammar of ours at once: which of the allowed wordings it takes depends on the
question alone, as a greedy model's do. And word vectors that need no model."""

import hashlib
import random
import re
from collections.abc import AsyncGenerator, Sequence

import numpy as np
from numpy.typing import NDArray

from models.runtime.generator import Output, Piece, Request, Started

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()|])|(\w+)')


class Phraser:
    """Implements the engine's port; `requests` are those it was sent."""

    name = "phraser"

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def vitals(self) -> dict[str, float]:
        return {}

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        self.requests.append(request)
        yield Started(11)
        text = phrased(request)
        for at in range(0, len(text), 16):
            yield Piece(text[at : at + 16], 4)

    async def close(self) -> None:
        return


def phrased(request: Request) -> str:
    """A text that the request's grammar allows."""
    assert request.grammar is not None
    rules = dict(rule.split(" ::= ", 1) for rule in request.grammar.strip().split("\n"))
    chance = random.Random(request.messages[-1].content)

    def option(tokens: list[tuple[str, str, str]]) -> str:
        """One of the alternatives up to a closing bracket or the end."""
        options = [""]
        while tokens:
            literal, mark, name = tokens.pop(0)
            if mark == ")":
                break
            if mark == "|":
                options.append("")
            elif mark == "(":
                options[-1] += option(tokens)
            elif name:
                options[-1] += option(_TOKEN.findall(rules[name]))
            else:
                options[-1] += re.sub(r"\\(.)", lambda c: "\n" if c[1] == "n" else c[1], literal)
        return chance.choice(options)

    return option(_TOKEN.findall(rules["root"]))


class WordVectors:
    """Unit vectors of the words in a text: texts that share most words are near."""

    name = "words-64d"

    def query(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().split() or [""]:
                seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")
                vectors[row] += np.random.default_rng(seed).standard_normal(64).astype(np.float32)
        found: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return found
