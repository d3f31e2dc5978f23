"""Prices and ratings of schema.org: offers, catalogues of offers, price ranges, aggregate ratings."""

from collections.abc import Iterator

from sync.interchange.reader.jsonld_value import Node, by_language, many, number, text

SIGNS = "$€£¥₽₴₹₩₺₪฿"
BEST = 5.0


def price_band(value: object) -> int | None:
    """1 to 4 from a price range of currency signs ("$$"); None from any other."""
    stated = text(value) or ""
    if stated and all(sign == stated[0] for sign in stated) and stated[0] in SIGNS and len(stated) <= 4:
        return len(stated)
    return None


def rating(value: object) -> float | None:
    """0 to 5 from an AggregateRating, whatever its scale."""
    node = next((item for item in many(value) if isinstance(item, dict)), None)
    stated = number(node.get("ratingValue")) if node is not None else None
    if node is None or stated is None:
        return None
    best = number(node.get("bestRating")) or BEST
    return round(stated * BEST / best, 2) if 0 <= stated <= best else None


def offers(node: Node, language: str) -> list[dict[str, object]]:
    """Interchange offers from makesOffer, offers, hasOfferCatalog and hasMenu."""
    found = []
    for key in ("makesOffer", "offers", "hasOfferCatalog"):
        for offer in _each(node.get(key)):
            taken = _offer(offer, language)
            if taken is not None:
                found.append(taken)
    return found


def _each(value: object) -> Iterator[Node]:
    for item in many(value):
        if isinstance(item, dict):
            inner = item.get("itemListElement")
            if inner is not None:
                yield from _each(inner)
            else:
                yield item


def _offer(node: Node, language: str) -> dict[str, object] | None:
    item = next((part for part in many(node.get("itemOffered")) if isinstance(part, dict)), {})
    names = by_language(item.get("name") or node.get("name"), language)
    if not names:
        return None
    price = next((part for part in many(node.get("priceSpecification")) if isinstance(part, dict)), {})
    stated = price.get("price", node.get("price"))
    low = number(price.get("minPrice", node.get("lowPrice", stated)))
    high = number(price.get("maxPrice", node.get("highPrice", stated)))
    currency = text(price.get("priceCurrency") or node.get("priceCurrency"))
    raw = {"name": names, "price_from": low, "price_to": high, "currency": currency}
    return {key: value for key, value in raw.items() if value is not None}
