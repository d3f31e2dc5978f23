"""What the simulated counter says to a question, chosen by words in it."""

from collections.abc import Iterator

from tests.simulators.counter_data import DATA, Card, fuzzed

REFUSALS = {
    "busy": (429, "busy"),
    "getting ready": (503, "starting"),
    "too much": (413, "question_too_long"),
    "trouble": (500, "corrupt"),
}


def script(question: str, language: str, hostile_texts: list[str]) -> tuple[dict[str, object], str]:
    """The grounding and the sentence for a question."""
    cards = DATA["cards"].get(language, DATA["cards"]["en"])
    said = DATA["sentences"].get(language, DATA["sentences"]["en"])
    text, chips, intent, found, total = said["text"], said["chips"], "find", "exact", len(cards)
    if "nothing" in question:
        cards, text, found = [], "Nothing in Lindenport repairs harps.", "none"
    elif "fuzzed" in question:
        cards, text = fuzzed(cards[0], hostile_texts), " ".join(hostile_texts)[:2_000]
        chips, total = hostile_texts[:3], len(cards)
    elif "hostile" in question:
        hostile = DATA["hostile"]
        cards, text, chips = hostile["cards"], hostile["text"], hostile["chips"]
    elif "emergency" in question:
        cards, text, intent = [], "If someone is in danger, call the emergency number first.", "emergency"
    elif "long names" in question:
        cards = DATA["long"]
    elif "one only" in question:
        cards, text = cards[:1], f"{cards[0]['name']} [1] is open now."
    elif "many" in question:
        cards = [{**cards[at % len(cards)], "id": f"m{at}", "number": at + 1} for at in range(12)]
        total = 12
    elif "total" in question:
        total = 37
    return _grounding(cards, chips, language, found, intent, total), text


def _grounding(
    cards: list[Card], chips: list[str], language: str, found: str, intent: str, total: int
) -> dict[str, object]:
    return {
        "cards": cards,
        "facts": [],
        "language": language,
        "mode": "template",
        "found": found,
        "intent": intent,
        "relaxed": [],
        "chips": [{"text": chip} for chip in chips],
        "total": total,
        "timings_ms": {},
    }


def pieces(text: str) -> Iterator[str]:
    """Cuts anywhere, also inside a citation, as a generator's tokens do."""
    for at in range(0, len(text), 4):
        yield text[at : at + 4]
