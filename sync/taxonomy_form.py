"""The compiled taxonomy: one zip of MessagePack members, an index and one a language. Types only."""

import msgspec

INDEX_MEMBER = "index.msgpack"
FORM = 1


def member(language: str) -> str:
    """The name of a language's member."""
    return f"language/{language}.msgpack"


class Category(msgspec.Struct, frozen=True, omit_defaults=True):
    """What holds in every language. `tags` are the OSM tags that make it; `added` those it also implies."""

    parent: str | None = None
    icon: str | None = None
    schema_type: str | None = None
    tags: dict[str, str] = {}
    added: dict[str, str] = {}
    score: float = 1.0


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attribute in one language: what it is called, other words for it, what its values are called."""

    label: str = ""
    terms: tuple[str, ...] = ()
    values: dict[str, str] = {}


class Words(msgspec.Struct, frozen=True):
    """One language: labels and search terms by category id, attributes by OSM key."""

    labels: dict[str, str] = {}
    terms: dict[str, tuple[str, ...]] = {}
    fields: dict[str, Field] = {}


class Index(msgspec.Struct, frozen=True):
    """All but the words. `digest` changes with the contents; `imports` maps schema.org types to ids."""

    form: int
    source: str
    digest: str
    languages: tuple[str, ...]
    categories: dict[str, Category]
    imports: dict[str, str] = {}
    fallbacks: dict[str, str] = {}
