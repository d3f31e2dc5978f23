"""Choosing the next token: greedy or by temperature, among what a GBNF grammar allows.

The grammar is llama.cpp's own. A token is offered to it before it is accepted, because the native library
ends the process when it is made to accept a token that does not fit.
"""

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from sync.errors import Refused, Unavailable

GRAMMAR_LIMIT_CHARS = 256 * 1024
NESTING_LIMIT = 100
NEAREST = 64  # likeliest tokens offered to the grammar before the whole vocabulary is
TOP_K = 40
TOP_P = 0.95

Logits = npt.NDArray[np.float32]
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data


class Grammar:
    """One grammar at one place in its text."""

    def __init__(self, lib: Any, vocab: Any, text: str) -> None:
        """Raises Refused for a grammar that does not parse, has no `root`, or is too large or too deep."""
        self._lib = lib
        self._sampler: Any = None
        if (
            not text.strip()
            or "\x00" in text
            or len(text) > GRAMMAR_LIMIT_CHARS
            or _depth(text) > NESTING_LIMIT
        ):
            raise _refuse("is empty, too large, too deep or has a NUL in it")
        self._sampler = lib.llama_sampler_init_grammar(vocab, text.encode("utf-8", "replace"), b"root")
        if not self._sampler:
            raise _refuse("does not parse or has no rule `root`")

    def allowed(self, ids: npt.NDArray[np.int32], logits: Logits) -> npt.NDArray[np.bool_]:
        """Which of these tokens may come next."""
        table = np.zeros(len(ids), dtype=_CANDIDATE)
        table["id"], table["logit"] = ids, np.maximum(logits, -1e30)
        data = table.ctypes.data_as(self._lib.llama_token_data_p)
        array = self._lib.llama_token_data_array(data=data, size=len(ids), selected=-1, sorted=False)
        self._lib.llama_sampler_apply(self._sampler, ctypes.byref(array))
        allowed: npt.NDArray[np.bool_] = table["logit"] > -np.inf
        return allowed

    def accept(self, token: int) -> None:
        """Move on by a token that is allowed."""
        self._lib.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free the native state."""
        if self._sampler:
            self._lib.llama_sampler_free(self._sampler)
            self._sampler = None


def choose(logits: Logits, temperature: float, random: np.random.Generator, grammar: Grammar | None) -> int:
    """The next token, already accepted by the grammar. Raises Unavailable where the grammar allows none."""
    if grammar is None:
        return _pick(np.arange(len(logits), dtype=np.int32), logits, temperature, random)
    near = np.argpartition(logits, -NEAREST)[-NEAREST:] if len(logits) > NEAREST else np.arange(len(logits))
    for ids in (near.astype(np.int32), np.arange(len(logits), dtype=np.int32)):
        mask = grammar.allowed(ids, logits[ids])
        if mask.any():
            token = _pick(ids[mask], logits[ids[mask]], temperature, random)
            grammar.accept(token)
            return token
    raise Unavailable(
        "The grammar allows no token of this model.",
        code="generator.grammar_stuck",
        hint="Use a grammar that this model's vocabulary can spell.",
    )


def _pick(ids: npt.NDArray[np.int32], logits: Logits, temperature: float, random: np.random.Generator) -> int:
    if temperature <= 0 or len(ids) == 1:
        return int(ids[np.argmax(logits)])
    best = np.argsort(logits)[::-1][:TOP_K] if len(ids) <= 4 * TOP_K else _top(logits)
    scaled = (logits[best] - logits[best[0]]).astype(np.float64) / temperature
    weights = np.exp(scaled)
    weights /= weights.sum()
    kept = max(1, int(np.searchsorted(np.cumsum(weights), TOP_P)) + 1)
    weights = weights[:kept] / weights[:kept].sum()
    return int(ids[best[random.choice(len(weights), p=weights)]])


def _top(logits: Logits) -> npt.NDArray[np.intp]:
    best = np.argpartition(logits, -TOP_K)[-TOP_K:]
    return best[np.argsort(logits[best])[::-1]]


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


def _refuse(reason: str) -> Refused:
    return Refused(f"The grammar {reason}.", code="generator.grammar", hint="Correct the GBNF text.")
