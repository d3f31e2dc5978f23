"""Which place a message means, of those it names."""

from collections.abc import Sequence

from edge.answer.gazetteer import PlaceMention


def best_cities(places: Sequence[PlaceMention]) -> tuple[str, ...]:
    """The cities of the place meant, or none.

    Of several places the goal, not the start; of equals a full name before a short one, then the last.
    """
    goals = [p for p in places if p.role in ("at", "to")]
    group = goals or [p for p in places if p.role == "none"]
    if not group:
        return ()
    return max(enumerate(group), key=lambda pair: (not pair[1].short, pair[0]))[1].cities
