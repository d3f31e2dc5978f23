"""What is embedded of a provider: node and hub make the same text, so that their vectors are the same.

And how a vector is kept: a signed byte a dimension. Embedding it is models/runtime/embed.py.
"""

from collections.abc import Iterator

from sync.provider import Provider
from sync.taxonomy import Taxonomy

TEXT_CHARS = 400
SCALE = 127.0
"""A unit vector's number 1.0 as a signed byte."""


def passage(provider: Provider, taxonomy: Taxonomy) -> str:
    """What is embedded of a provider: its kind, what it says of itself in English or its first language."""
    text = provider.texts.get("en") or next(iter(provider.texts.values()), None)
    kinds = [taxonomy.label(id, "en") for id in provider.categories]
    said = [text.title, text.description] if text is not None else []
    offers = [name for offer in provider.offers[:8] for name in (offer.name.get("en"),) if name]
    parts = [", ".join(kinds), provider.name, *said, ", ".join(attribute_texts(provider)), ", ".join(offers)]
    return ". ".join(dict.fromkeys(filter(None, parts)))[:TEXT_CHARS]


def attribute_texts(provider: Provider) -> Iterator[str]:
    """What the attributes say in words: texts as they are, and the key of what is true."""
    for key, value in provider.attributes.items():
        if value is True:
            yield key.replace("_", " ").replace(":", " ")
        elif isinstance(value, str):
            yield value.replace("_", " ")
