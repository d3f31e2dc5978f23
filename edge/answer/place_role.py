"""What part a place plays in a sentence: the goal, the start, where something is, or none said."""

from itertools import pairwise
from typing import Literal

from edge.answer import vocabulary
from edge.answer.lexicon import Word

Role = Literal["at", "to", "from", "none"]

_WORDS = {name: frozenset(listed) for name, listed in vocabulary.load("place").items()}
_REACH_AFTER, _REACH_COLLECTING = 6, 4


def role_of(written: tuple[Word, ...], start: int, reach: int = 3) -> Role:
    """The role of a place that begins with word `start`, by the nearest telling word within `reach`."""
    after = [w.folded for w in written[start + 1 : start + 1 + _REACH_AFTER]]
    if any(first in _WORDS["leaving"] and second == "from" for first, second in pairwise(after)):
        return "from"
    for at in range(start - 1, max(start - reach, 0) - 1, -1):
        word = written[at].folded
        if word in _WORDS["from"]:
            before = {w.folded for w in written[max(0, at - _REACH_COLLECTING) : at]}
            return "from" if before.isdisjoint(_WORDS["collecting"]) else "at"
        if word in _WORDS["to"]:
            return "to"
        if word in _WORDS["at"]:
            return "at"
    return "none"
