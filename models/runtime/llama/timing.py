"""How fast a loaded model is, and what it would say next: for choosing a quantisation, not for answers."""

import time

import numpy as np

from models.runtime.llama.context import LlamaContext
from models.runtime.llama.plan import Batch
from models.runtime.llama.sampling import Row


def measure(context: LlamaContext, prompt_tokens: int, answer_tokens: int) -> tuple[float, float]:
    """Seconds to compute that many tokens at once, and that many one by one; of any content."""
    tokens = [100 + (7 * index) % 1000 for index in range(prompt_tokens + answer_tokens)]
    begin = time.perf_counter()
    for start in range(0, prompt_tokens, context.most):
        _decode(context, tokens[start : min(start + context.most, prompt_tokens)], start)
    prefilled = time.perf_counter()
    for position in range(prompt_tokens, prompt_tokens + answer_tokens):
        _decode(context, [tokens[position]], position)
    decoded = time.perf_counter()
    context.truncate(0, 0)
    return prefilled - begin, decoded - prefilled


def predict(context: LlamaContext, text: str) -> list[int]:
    """The likeliest token after each token of a text, one by one."""
    guesses = []
    for position, token in enumerate(context.layout.tokenise(text)[: context.context - 1]):
        guesses.append(int(np.argmax(_decode(context, [token], position))))
    context.truncate(0, 0)
    return guesses


def _decode(context: LlamaContext, tokens: list[int], position: int) -> Row:
    batch = Batch()
    batch.add(0, position, tokens, 1)
    return context.decode(batch)[0]
