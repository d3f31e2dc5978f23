"""Choosing the next token from logits: greedy or by temperature, among what is allowed."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

TOP_K = 40
TOP_P = 0.95
NEGLIGIBLE = 12.0  # e^-12: logits this far below the best, in units of the temperature, are left out

Row = npt.NDArray[np.float32]


class Sampler:
    """Of one sequence; the same seed and logits give the same tokens.

    `never` are tokens that are not chosen (the model's ends, where they are ignored).
    """

    def __init__(
        self, temperature: float, seed: int, bias: Mapping[int, float], never: frozenset[int]
    ) -> None:
        self._temperature = temperature
        self._random = np.random.default_rng(seed)
        self._biased = np.fromiter(bias, np.int64, len(bias))
        self._bias = np.fromiter(bias.values(), np.float32, len(bias))
        self._never = np.fromiter(never, np.int64, len(never))

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is taken."""
        return self._temperature <= 0

    def choose(self, row: Row, allowed: npt.NDArray[np.bool_] | None = None) -> int:
        """The next token; `row` (vocabulary) is changed. `allowed` has at least one token."""
        if len(self._biased):
            row[self._biased] += self._bias
        if len(self._never):
            row[self._never] = -np.inf
        if allowed is None:
            return int(row.argmax()) if self.greedy else self._draw(np.arange(len(row)), row)
        ids = np.flatnonzero(allowed)
        logits = row[ids]
        return int(ids[logits.argmax()]) if self.greedy or len(ids) == 1 else self._draw(ids, logits)

    def _draw(self, ids: npt.NDArray[np.intp], logits: Row) -> int:
        best = logits.max()
        near = np.flatnonzero(logits >= best - NEGLIGIBLE * self._temperature)
        order = near[np.argsort(logits[near])[::-1][:TOP_K]]
        weights = np.exp((logits[order] - best).astype(np.float64) / self._temperature)
        weights /= weights.sum()
        kept = max(1, int(np.searchsorted(np.cumsum(weights), TOP_P)) + 1)
        weights = weights[:kept] / weights[:kept].sum()
        return int(ids[order[self._random.choice(len(weights), p=weights)]])
