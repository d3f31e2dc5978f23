"""Which everyday idea an attribute key speaks of, from the words in the key.

"has_wifi", "internet_access" and "wlan" are one idea with a natural sentence in each language
(`concept.*` messages); a key that is none of them is spoken of by its own words. Left out: values, which
are said as the catalogue has them.
"""

import re
from functools import lru_cache

# Each idea: alternatives, each a set of words that must all be in the key. The first match wins.
_IDEAS: tuple[tuple[str, str], ...] = (
    ("wifi", "wifi|wi fi|wlan|internet|wifi internet"),
    ("gluten_free", "gluten|glutenfree"),
    ("vegan", "vegan"),
    ("vegetarian", "vegetarian|veggie"),
    ("halal", "halal"),
    ("kosher", "kosher"),
    ("organic", "organic|bio"),
    ("pets", "pet|dog|dogs|animal"),
    ("kids", "kid|child|children|family|families"),
    ("live_music", "live music|music"),
    ("outdoor_seating", "outdoor seating|seating outdoors|outdoor seat|terrace|outside seating"),
    ("smoking", "smoking|smoke"),
    ("alcohol", "alcohol"),
    ("wheelchair", "wheelchair|wheelchair accessible|step free|barrier free|accessible"),
    ("parking", "parking|car park"),
    ("gift_cards", "gift card|voucher|gift voucher"),
    ("cards", "card|credit card|debit card|credit|contactless"),
    ("cash", "cash"),
    ("women_only", "women only|female only|ladies only"),
    ("unisex", "unisex"),
    ("free_entry", "free entry|free entrance|free admission"),
    ("entry_fee", "fee|entry fee|admission fee"),
    ("cosmetic", "cosmetic"),
    ("takeaway", "takeaway|take away|takeout"),
    ("delivery", "delivery|delivers|home delivery"),
    ("online", "online booking|book online|online appointment|online reservation"),
    ("walk_in", "walk in|without appointment|no appointment"),
    ("appointment", "appointment|by appointment"),
    ("reservation", "reservation|booking"),
    ("air_conditioning", "air conditioning|air conditioned"),
    ("home_visit", "home visit|house call|mobile service|at home|on site"),
    ("urgent", "emergency|urgent|urgent call|emergency call"),
    ("express", "express|while you wait"),
    ("warranty", "warranty|guarantee"),
    ("toilet", "toilet|restroom|wc"),
    ("breakfast", "breakfast"),
    ("pool", "pool|swimming pool"),
    ("sauna", "sauna"),
    ("lift", "lift|elevator"),
    ("discount", "discount|concession|student discount"),
    ("insurance", "insurance|insurances"),
    ("new_patients", "new patient"),
    ("self_service", "self service"),
    ("price_range", "price range|price level|price band|price category"),
    ("cuisine", "cuisine"),
    ("stars", "star|star rating"),
    ("specialty", "specialty|speciality|specialisation"),
    ("capacity", "capacity|seats"),
    ("brand", "brand"),
    ("kind", "kind"),
)
_OPENING_WORDS = frozenset(
    {"has", "is", "offers", "serves", "allows", "with", "good", "for", "takes", "accepts"}
)
# Words that add nothing to an idea: "wifi_available", "payment:cards", "pets_welcome".
_EMPTY = _OPENING_WORDS | frozenset(
    {"allowed", "accepted", "welcome", "available", "availability", "possible", "friendly", "included"}
    | {"option", "options", "access", "service", "services", "payment", "payments", "method", "methods"}
    | {"in", "on", "the", "of", "and", "to", "room", "rooms", "dish", "dishes", "menu", "food", "diet"}
)


@lru_cache(maxsize=4096)
def of(key: str) -> str | None:
    """The idea's name, or None. The key has the idea's words, and beside them only words that say nothing."""
    words = [_singular(word) for word in split(key)]
    for idea, alternatives in _IDEAS:
        for alternative in alternatives.split("|"):
            wanted = [_singular(word) for word in alternative.split()]
            rest = [word for word in words if word not in wanted and word not in _EMPTY_SINGULAR]
            if not rest and all(word in words for word in wanted):
                return idea
    return None


def ideas() -> tuple[str, ...]:
    """All ideas."""
    return tuple(idea for idea, _ in _IDEAS)


def split(key: str) -> list[str]:
    """The words of a key: snake, kebab, camel case and OSM's colons."""
    return (
        re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)
        .replace("_", " ")
        .replace(":", " ")
        .replace("-", " ")
        .lower()
        .split()
    )


def spoken(key: str) -> str:
    """An unknown key as words: "has_rooftop_bar" → "rooftop bar"."""
    words = split(key)
    while len(words) > 1 and words[0] in _OPENING_WORDS:
        words = words[1:]
    return " ".join(words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


_EMPTY_SINGULAR = frozenset(_singular(word) for word in _EMPTY)
