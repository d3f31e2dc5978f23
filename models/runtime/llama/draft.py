"""Guessing what comes next from what stood there before: n-gram lookup in the sequence's own tokens.

After prompt lookup decoding (Saxena 2023) and its kin: answers repeat names, addresses and phrases of their
prompt. The model checks a guess in the step that it computes anyway, so a wrong one costs time and no truth.
"""

from collections.abc import Sequence

LONGEST, SHORTEST = 3, 2  # tokens that must have stood before in the same order
MOST = 8  # tokens guessed at once
LEARNING = 0.1  # weight of the latest guess in the share that proves right


class Drafter:
    """Of one sequence. `chance` is the share of guessed tokens that proved right, lately."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self._tokens: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}
        self.chance = 0.5
        self.extend(tokens)

    def extend(self, tokens: Sequence[int]) -> None:
        """What follows now."""
        begin = len(self._tokens)
        self._tokens += tokens
        for end in range(max(begin, SHORTEST), len(self._tokens)):
            for size in (SHORTEST, LONGEST):
                if end >= size:
                    self._after[tuple(self._tokens[end - size : end])] = end

    def guess(self, most: int) -> list[int]:
        """At most so many tokens that may come next; empty where nothing like it stood before."""
        for size in (LONGEST, SHORTEST):
            at = self._after.get(tuple(self._tokens[-size:])) if len(self._tokens) >= size else None
            if at is not None:
                return self._tokens[at : at + min(most, MOST)]
        return []

    def learn(self, guessed: int, right: int) -> None:
        """How a guess turned out."""
        for index in range(min(right + 1, guessed)):
            self.chance += LEARNING * ((index < right) - self.chance)


def length(chance: float, base_s: float, token_s: float, tokens: int, extra_s: float = 0.0) -> int:
    """How many tokens to guess: the most text a second, by a step's cost base + token · its tokens.

    `tokens` are in the step anyway; guessing at all costs `extra_s`. With a chance c a token, n guesses bring
    c + c² + … + cⁿ tokens more.
    """
    best, longest, expected = tokens / max(base_s + token_s * tokens, 1e-9), 0, float(tokens)
    for count in range(1, MOST + 1):
        expected += chance**count
        pace = expected / max(base_s + extra_s + token_s * (tokens + count), 1e-9)
        if pace > best * 1.02:
            best, longest = pace, count
    return longest
