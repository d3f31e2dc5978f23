"""Providers of the demo market, made from the content files. The same bytes on every machine.

What a provider says, where it stands and what it asks for is decided here by dice seeded with its category
and name. Reading the files is in `content.py`, writing the result in `write.py`.
"""

import math
from datetime import UTC, datetime, timedelta

from edge.catalog.demo.content import (
    LANGUAGES,
    House,
    Kind,
    Lead,
    Place,
    Rule,
    Words,
    details,
    hours,
    kinds,
    places,
    rules,
    speaks,
)
from edge.catalog.demo.dice import Dice
from edge.catalog.demo.slug import slug
from sync.provider import Offer, Provider, Text

SEED = "olkhovo-1"
NEWEST = datetime(2026, 11, 20, 9, tzinfo=UTC)
METRES_PER_DEGREE = 111_320.0
HOUSE_M = 11.0  # from one house number to the next
SPOKEN = {
    "de": 0.85,
    "ru": 0.75,
    "en": 0.7,
    "es": 0.3,
    "pl": 0.12,
    "uk": 0.12,
    "fr": 0.07,
    "tr": 0.06,
    "sv": 0.05,
}
BANDS = {"1": 0.25, "2": 0.45, "3": 0.22, "4": 0.08}
LEVEL = {1: 0.8, 2: 1.0, 3: 1.25, 4: 1.6}
# The Federal Network Agency gives out no number of (0)30 23125 000-999: it is kept for film and print.
PHONE = "+49 30 23125"

Attributes = dict[str, bool | int | float | str | None]


def providers() -> tuple[Provider, ...]:
    """Every provider, by category file order. At most 1,000: there are no more telephone numbers."""
    made: list[Provider] = []
    taken: set[str] = set()
    for kind in kinds():
        for turn in range(len(kind.names)):
            made.append(_provider(kind, turn, len(made), taken))
    return tuple(made)


def _provider(kind: Kind, turn: int, index: int, taken: set[str]) -> Provider:
    name = kind.names[turn]
    dice = Dice(f"{SEED}/{kind.id}/{name}")
    place = settle(kind, turn)
    address, lat, lon = _house(place, dice, taken)
    house = kind.house.get(name, House())
    rolled = dice.pick(hours()[kind.hours])
    opening = house.hours or rolled
    attributes = _attributes(kind, turn, place, opening, dice) | house.attributes
    band = int(dice.weighed(BANDS)) if kind.offer else None
    handle = slug(name)
    return Provider(
        id=f"olk-{handle}",
        categories=(kind.id, *kind.also),
        name=name,
        texts=_texts(kind, turn, place, attributes, dice),
        city=place.name,
        address=address,
        lat=lat,
        lon=lon,
        phone=f"{PHONE}{(index * 7919 + 137) % 1000:03d}",
        email=f"{dice.pick(('info', 'hello', 'post', 'kontakt'))}@{handle}.example"
        if dice.chance(0.85)
        else None,
        url=f"https://{handle}.example/" if dice.chance(0.75) else None,
        opening_hours=opening or None,
        languages=_spoken(kind, name, dice),
        attributes=attributes,
        rating=min(5.0, round(dice.spread(4.4, 0.7), 1)) if dice.chance(0.93) else None,
        price_band=band,
        offers=_offers(kind, band, attributes, dice),
        updated_at=f"{NEWEST - timedelta(days=dice.between(0, 120)):%Y-%m-%dT%H:%M:%SZ}",
    )


def settle(kind: Kind, turn: int) -> Place:
    """The place of a category's n-th provider: a category spreads over the places by their weight."""
    known = {place.name: place for place in places()}
    if kind.names[turn] in kind.at:
        return known[kind.at[kind.names[turn]]]
    if kind.places:
        return known[kind.places[turn % len(kind.places)]]
    total = sum(place.weight for place in known.values())
    start = Dice(f"{SEED}/{kind.id}").between(0, 999) / 1000
    left = ((start + turn / len(kind.names)) % 1.0) * total
    for place in known.values():
        left -= place.weight
        if left < 0:
            return place
    return place


def _house(place: Place, dice: Dice, taken: set[str]) -> tuple[str, float, float]:
    """Address and WGS 84 position: house numbers climb along the street, even on the right.

    A house in `taken` has its tenant: the next free one on the same side is given, and added to it.
    """
    street, east, north, bearing = dice.pick(place.streets)
    number = dice.between(1, 58)
    while f"{street} {number}" in taken:
        number += 2
    taken.add(f"{street} {number}")
    along, aside = number * HOUSE_M, 9.0 if number % 2 == 0 else -9.0
    turn = math.radians(bearing)
    x = east + along * math.sin(turn) + aside * math.cos(turn)
    y = north + along * math.cos(turn) - aside * math.sin(turn)
    lat = place.lat + y / METRES_PER_DEGREE
    lon = place.lon + x / (METRES_PER_DEGREE * math.cos(math.radians(place.lat)))
    return f"{street} {number}", round(lat, 6), round(lon, 6)


def _attributes(kind: Kind, turn: int, place: Place, opening: str, dice: Dice) -> Attributes:
    """What is stated; one attribute in twelve that could be stated is not, as in any catalogue."""
    rows = {**rules()["all"], **rules()[kind.like], **kind.attributes}
    made: Attributes = {}
    for key, rule in rows.items():
        value, stated = _roll(rule, dice), dice.chance(11 / 12)
        if value != "" and (stated or isinstance(rule, str | bool)):
            made[key] = value
    lead, more = _lead(kind, turn), _more(kind, turn)
    made |= {**lead.states, **(more.states if more else {})}
    made |= {key: value for key, value in place.states.items() if key in made}
    return made | _implied(made, opening)


def _implied(attributes: Attributes, opening: str) -> Attributes:
    """What the opening hours already say."""
    made: Attributes = {}
    if "emergency_service" in attributes and opening == "24/7":
        made["emergency_service"] = True
    if "weekend_work" in attributes and any(day in opening for day in ("Sa", "Su", "24/7")):
        made["weekend_work"] = True
    return made


def _lead(kind: Kind, turn: int) -> Lead:
    return kind.lead[turn % len(kind.lead)]


def _more(kind: Kind, turn: int) -> Words | None:
    return kind.more[turn // len(kind.lead) % len(kind.more)] if kind.more else None


def _roll(rule: Rule, dice: Dice) -> bool | int | str:
    if isinstance(rule, bool | str):
        return rule
    if isinstance(rule, dict):
        value = dice.weighed(rule)
        return int(value) if value.isdigit() else value
    if isinstance(rule, tuple):
        return dice.between(*rule)
    return dice.chance(rule)


def _texts(kind: Kind, turn: int, place: Place, attributes: Attributes, dice: Dice) -> dict[str, Text]:
    """Title and description by language: what is done, how, and then what is near or true of the house."""
    lead, more = _lead(kind, turn).by_language(), _more(kind, turn)
    rest = [more] if more else []
    told = {*_lead(kind, turn).states, *(more.states if more else ())}
    told |= {key for key, rule in kind.attributes.items() if isinstance(rule, str | bool)}
    true = [each for each in details() if attributes.get(each.key) == each.value and each.key not in told]
    landmark = dice.pick(place.landmark)
    if true and dice.chance(0.7):
        rest.append(dice.pick(dice.pick(true).words))
        rest += [landmark] if dice.chance(0.4) else []
    else:
        rest.append(landmark)
    return {
        language: Text(
            title=lead[language][0],
            description=" ".join([lead[language][1], *(words.by_language()[language] for words in rest)]),
        )
        for language in LANGUAGES
    }


def _spoken(kind: Kind, name: str, dice: Dice) -> tuple[str, ...]:
    """Languages spoken, the one of the name among them."""
    named = {language for language, names in speaks().items() if name in names}
    if any("а" <= letter <= "я" for letter in name.lower()):
        named.add("ru")
    spoken = tuple(
        language for language, chance in SPOKEN.items() if dice.chance(chance) or language in named
    )
    return kind.languages or spoken or ("de",)


def _offers(kind: Kind, band: int | None, attributes: Attributes, dice: Dice) -> tuple[Offer, ...]:
    """The category's services at this provider's price level; of four or more, one may be missing."""
    skipped = dice.between(1, 2 * len(kind.offer)) if len(kind.offer) > 3 else 0
    return tuple(
        Offer(
            name=service.by_language(),
            price_from=price(service.price[0], band),
            price_to=price(service.price[1], band) if len(service.price) > 1 else None,
            currency="EUR",
            duration_min=service.minutes,
        )
        for number, service in enumerate(kind.offer)
        if (number == 0 or number != skipped) and attributes.get(service.when) is not False
    )


def price(euros: float, band: int | None) -> float:
    """A price as a shop would write it at this level: 2.4, 12, 85, 340, 1,250."""
    level = euros * LEVEL[band or 2]
    step = next(
        step
        for limit, step in ((6, 0.1), (15, 0.5), (60, 1), (200, 5), (1000, 10), (1e9, 50))
        if level < limit
    )
    return float(round(round(level / step) * step, 2))
