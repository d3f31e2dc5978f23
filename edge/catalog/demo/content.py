"""What the demo market's text files hold, read and checked for shape.

The files are TOML under `content/`, split by theme. Nothing is decided here; see `compose.py`.
"""

from functools import cache
from pathlib import Path

import msgspec

from sync.provider import Market

FOLDER = Path(__file__).parent / "content"
LANGUAGES = ("en", "ru", "es", "de")

# An attribute is a chance of true, a range of whole numbers, weights by value, or one fixed value.
Rule = float | tuple[int, int] | dict[str, float] | str | bool


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in every language of the market, and the attributes that it makes true."""

    en: str
    ru: str
    es: str
    de: str
    states: dict[str, bool | str] = {}

    def by_language(self) -> dict[str, str]:
        return {"en": self.en, "ru": self.ru, "es": self.es, "de": self.de}


class Lead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A title and the first sentence of a description, by language, and the attributes they make true."""

    en: tuple[str, str]
    ru: tuple[str, str]
    es: tuple[str, str]
    de: tuple[str, str]
    states: dict[str, bool | str] = {}

    def by_language(self) -> dict[str, tuple[str, str]]:
        return {"en": self.en, "ru": self.ru, "es": self.es, "de": self.de}


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An offer before a provider's own price level: euros from and to, minutes.

    It is left out where the attribute `when` is false.
    """

    en: str
    ru: str
    es: str
    de: str
    price: tuple[float, ...]
    minutes: int | None = None
    when: str = ""

    def by_language(self) -> dict[str, str]:
        return {"en": self.en, "ru": self.ru, "es": self.es, "de": self.de}


class House(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is settled about one name beforehand: opening hours in OSM syntax, attributes."""

    hours: str = ""
    attributes: dict[str, bool | str] = {}


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One category: who is in it, what they say, sell and offer.

    The n-th name says the n-th lead; where there are fewer leads, they take turns. `hours` names a pool of
    `hours.toml`, `like` a set of attribute rules of `rule.toml`. `at` puts a name in a place and
    `house` settles more about it; `places` and `languages`, where given, are the only places and spoken
    languages.
    """

    id: str
    names: tuple[str, ...]
    hours: str
    like: str
    lead: tuple[Lead, ...]
    more: tuple[Words, ...] = ()
    offer: tuple[Service, ...] = ()
    also: tuple[str, ...] = ()
    at: dict[str, str] = {}
    house: dict[str, House] = {}
    places: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    attributes: dict[str, Rule] = {}


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A district or village: its share of providers, centre, streets and what is known there.

    A street is its name, metres east and north of the centre where it starts, and its bearing in degrees.
    `states` overrules attributes that could not be true there.
    """

    name: str
    weight: float
    lat: float
    lon: float
    streets: tuple[tuple[str, int, int, int], ...]
    landmark: tuple[Words, ...]
    states: dict[str, bool | str] = {}


class Detail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence that is true when the attribute `key` has the value `value`."""

    key: str
    value: bool | str
    words: tuple[Words, ...]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An example question in every language, and the category that its answer comes from.

    `shown` ones are the market's own examples: the page suggests them to a visitor who has not asked yet.
    """

    category: str
    en: str
    ru: str
    es: str
    de: str
    shown: bool = False

    def by_language(self) -> dict[str, str]:
        return {"en": self.en, "ru": self.ru, "es": self.es, "de": self.de}


class _Kinds(msgspec.Struct, frozen=True):
    category: tuple[Kind, ...]


class _Places(msgspec.Struct, frozen=True):
    place: tuple[Place, ...]


class _Details(msgspec.Struct, frozen=True):
    detail: tuple[Detail, ...]


class _Questions(msgspec.Struct, frozen=True):
    question: tuple[Question, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """Every category, in the order of the file names and then of the files."""
    files = sorted((FOLDER / "category").glob("*.toml"))
    return tuple(
        kind for file in files for kind in msgspec.toml.decode(file.read_bytes(), type=_Kinds).category
    )


@cache
def places() -> tuple[Place, ...]:
    return msgspec.toml.decode((FOLDER / "place.toml").read_bytes(), type=_Places).place


@cache
def details() -> tuple[Detail, ...]:
    return msgspec.toml.decode((FOLDER / "detail.toml").read_bytes(), type=_Details).detail


@cache
def questions() -> tuple[Question, ...]:
    return msgspec.toml.decode((FOLDER / "question.toml").read_bytes(), type=_Questions).question


@cache
def hours() -> dict[str, tuple[str, ...]]:
    """Opening hours by pool, in OSM syntax; an empty string stands for "not stated"."""
    return msgspec.toml.decode((FOLDER / "hours.toml").read_bytes(), type=dict[str, tuple[str, ...]])


@cache
def speaks() -> dict[str, tuple[str, ...]]:
    """Names of providers that speak a language because they are named in it, by language."""
    return msgspec.toml.decode((FOLDER / "speaks.toml").read_bytes(), type=dict[str, tuple[str, ...]])


@cache
def rules() -> dict[str, dict[str, Rule]]:
    """Attribute rules by set name; `all` holds for everyone."""
    return msgspec.toml.decode((FOLDER / "rule.toml").read_bytes(), type=dict[str, dict[str, Rule]])


def market() -> Market:
    stated = msgspec.toml.decode((FOLDER / "market.toml").read_bytes(), type=Market)
    shown = [question.by_language() for question in questions() if question.shown]
    examples = {language: tuple(each[language] for each in shown) for language in LANGUAGES}
    return msgspec.structs.replace(stated, examples=examples)
