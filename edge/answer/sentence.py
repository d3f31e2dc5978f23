"""One sentence of an answer, with what it stands on. Type only."""

import msgspec

from edge.answer.turn import Fact


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """`facts` are the values the text states; `cites` the card numbers it points at, in order."""

    text: str
    facts: tuple[Fact, ...] = ()
    cites: tuple[int, ...] = ()
