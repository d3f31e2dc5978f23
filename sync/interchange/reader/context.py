"""What a reader of a foreign form may need to know beside the source. Types only."""

from dataclasses import dataclass

from sync.taxonomy import Taxonomy


@dataclass(frozen=True)
class Context:
    """`language` is of texts that name none; `city` and `category` stand in where the source has none.

    `country` (ISO 3166-1 alpha-2) decides whether a house number comes first.
    """

    taxonomy: Taxonomy
    language: str = "en"
    city: str | None = None
    category: str | None = None
    country: str | None = None
