"""Records as nodes keep them, for those who measure what records cost."""

from sync.record import ChatTurn


def turn(number: int, session: int = 1) -> ChatTurn:
    """A turn of usual size, in conversations of so many turns."""
    return ChatTurn(
        answer=f"chatcmpl-{number:022d}",
        turn=1 + number % session,
        question="Where can I get my boiler mended today, not too dear, near the station?",
        language="en",
        intent="find",
        categories=("craft/plumber", "craft/hvac"),
        filters={"cities": "Saltmere", "open_at": "2026-11-27T10:30:00", "price_max": 80},
        found="relaxed",
        relaxed=("price_max",),
        cards=tuple(f"node/{number + each}" for each in range(5)),
        total=12,
        mode="template",
        timings_ms={"understand": 3.1, "search": 8.2, "first_word": 9.4, "total": 12.6},
    )
