"""The published forms of the browser index: the head and its parts. Types and sizes only; see README.md."""

import msgspec

FORM = 1
# Two pages: a smaller chunk is not worth its line in the head, a larger one carries what did not change.
CHUNK_BYTES = 8 * 1024
# The other parts change seldom and mostly whole.
PLAIN_CHUNK_BYTES = 64 * 1024
CHUNK_DIGITS = 32
PAGE_BYTES = 4096
# Spoken by the page, whatever the market speaks: it brings their sentences or their labels.
LANGUAGES = ("en", "ru", "es", "de", "fr", "tr", "ar", "zh")
INDEX, MARKET, RULES, LANGUAGE = "index", "market", "rules", "language"
MEDIA_TYPES = {
    INDEX: "application/vnd.sqlite3",
    MARKET: "application/json",
    RULES: "application/json",
    LANGUAGE: "application/octet-stream",
}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file, and the chunks that it is joined from: each `chunk_bytes` long, the last may be shorter.

    `digest` is the SHA-256 of the whole in hexadecimal; a chunk's is the first half of its own SHA-256: it
    finds the chunk, the whole digest proves it.
    """

    digest: str
    bytes: int
    media_type: str
    chunk_bytes: int
    chunks: tuple[str, ...]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What there is now. `made_at` is UTC, ISO 8601.

    `fingerprint` names what every record stands on: market document, month, release of the node.
    """

    form: int
    market: str
    catalog_version: int
    fingerprint: str
    made_at: str
    providers: int
    languages: tuple[str, ...]
    parts: dict[str, Part]


def languages_of(market_languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages that a bundle has words for: the page's own and the market's."""
    return tuple(dict.fromkeys((*LANGUAGES, *market_languages)))
