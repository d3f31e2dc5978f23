"""Follow-ups to tap: what a visitor is likely to want next, as a message the counter understands.

Left out: understanding them (they are ordinary messages) and how they look.
"""

from edge.answer import message
from edge.answer.turn import Card, Chip, Understood

MOST = 4
_CALM = frozenset({"emergency"})


def suggest(
    understood: Understood, cards: tuple[Card, ...], language: str, *, total: int = 0
) -> tuple[Chip, ...]:
    """At most four chips for the state of the conversation; none in an emergency."""
    if understood.intent in _CALM:
        return ()
    if not cards:
        return tuple(Chip(text=text) for text in message.variants(language, "chip.example"))[:3]
    keys = (
        _about_one(understood, cards[0])
        if _single(understood, cards)
        else _about_many(understood, cards, total)
    )
    return tuple(Chip(text=message.text(language, f"chip.{key}")) for key in keys[:MOST])


def _single(understood: Understood, cards: tuple[Card, ...]) -> bool:
    return len(cards) == 1 or (
        understood.intent in ("fact", "request") and len(set(understood.providers)) == 1
    )


def _about_one(understood: Understood, card: Card) -> list[str]:
    """What is still unsaid about the one place."""
    known = {
        "phone": card.phone is not None,
        "hours": card.hours is not None,
        "address": card.address is not None,
        "price": card.price_from is not None,
    }
    keys = [key for key, there in known.items() if there and key not in understood.fields]
    return [*keys[:3], "more"] if understood.intent == "find" and len(keys) < 3 else keys


def _about_many(understood: Understood, cards: tuple[Card, ...], total: int) -> list[str]:
    """Ways to narrow the list, those first that would change it."""
    query, keys = understood.query, []
    if query.open_at is None and any(card.opening and card.opening.state != "unknown" for card in cards):
        keys.append("open_now")
    if (
        query.order != "price"
        and sum(card.price_from is not None or card.price_band is not None for card in cards) > 1
    ):
        keys.append("cheaper")
    if query.order != "distance" and any(card.distance_m is not None for card in cards):
        keys.append("nearer")
    if total > len(cards):
        keys.append("more")
    if understood.intent != "compare":
        keys.append("compare")
    return keys
