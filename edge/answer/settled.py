"""What a conversation has settled so far: a value that each message makes anew."""

from dataclasses import dataclass

from edge.answer.name import Named
from edge.search.query import Condition


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds after a message; `changed` names what the message itself settled.

    `conditions` has one for each attribute key. `shown` and `focus` are provider ids, `candidates` all
    providers of the name last said (a chain has one in every city). `offered_cities` is the place the
    assistant spoke of last. `texts` are the visitor's words since the topic began.
    """

    categories: tuple[str, ...] = ()
    known: bool = True
    cities: tuple[str, ...] = ()
    offered_cities: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    band: int | None = None
    rating_min: float | None = None
    price_max: float | None = None
    spoken: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    candidates: tuple[Named, ...] = ()
    texts: tuple[str, ...] = ()
    changed: frozenset[str] = frozenset()
