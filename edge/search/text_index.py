"""Keeps every provider's words: FTS5 over stems, and trigrams over names for slips of the pen.

Text is folded and stemmed here, not in SQLite, so the same code reads catalogue and question in every
language Snowball knows. Written in the import's own transaction. Asking it is in `text_query`.
"""

from collections.abc import Iterable, Iterator

import msgspec

from edge.catalog.taxonomy import Taxonomy
from edge.database import Connection
from edge.search.fold import fold, latin, sound, stems, tokens, unspaced
from sync.interchange.passage import attribute_texts
from sync.provider import Market, Provider

FORM = 1
FINGERPRINT = "search_text"

# `facet` holds categories and city as single words, so that a search can be kept within them.
_TABLES = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_text USING fts5("
    "name, category, offers, attributes, texts, city, facet,"
    " tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\", detail='column')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_name USING fts5(name, tokenize='trigram', detail='none')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_text_word USING fts5vocab(search_text, 'row')",
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_name_part USING fts5vocab(search_name, 'row')",
)
_NAMES = ("search_text_word", "search_name_part", "search_text", "search_name")


class TextIndex:
    """The words of every provider, with category words in the languages of the catalogue's market."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._market_text: str | None = None
        self._languages: tuple[str, ...] = ("en",)
        self._category_words: dict[str, str] = {}

    def prepare(self, connection: Connection) -> None:
        for statement in _TABLES:
            connection.execute(statement)

    def put(self, connection: Connection, rowid: int, provider: Provider) -> None:
        self._follow_market(connection)
        connection.execute(
            "INSERT INTO search_text(rowid, name, category, offers, attributes, texts, city, facet)"
            " VALUES (?,?,?,?,?,?,?,?)",
            (rowid, *self.columns(provider)),
        )
        connection.execute("INSERT INTO search_name(rowid, name) VALUES (?,?)", (rowid, latin(provider.name)))

    def drop(self, connection: Connection, rowid: int) -> None:
        connection.execute("DELETE FROM search_text WHERE rowid=?", (rowid,))
        connection.execute("DELETE FROM search_name WHERE rowid=?", (rowid,))

    def remake(self, connection: Connection) -> None:
        """Throws the index away, damaged or not, and makes it again from the documents."""
        for name in _NAMES:
            connection.execute(f"DROP TABLE IF EXISTS {name}")
        self.prepare(connection)
        decode = msgspec.json.Decoder(Provider).decode
        for rowid, document in connection.execute("SELECT rowid, document FROM provider"):
            self.put(connection, rowid, decode(document))

    def columns(self, provider: Provider) -> tuple[str, ...]:
        """What each column holds for a provider: words and stems, each once, with single spaces."""
        languages = tuple(dict.fromkeys((*provider.texts, *self._languages)))
        titles = [(text.title, tag) for tag, text in provider.texts.items()]
        offers = [(name, tag) for offer in provider.offers for tag, name in offer.name.items()]
        stated = [(text, tag) for text in attribute_texts(provider) for tag in languages]
        about = [(text.description, tag) for tag, text in provider.texts.items()]
        return (
            _heard([*((provider.name, tag) for tag in languages), *titles]),
            " ".join(dict.fromkeys(" ".join(map(self._category, provider.categories)).split())),
            _joined(offers),
            _joined(stated),
            _joined(about),
            _joined([(provider.city or "", ""), (provider.address or "", "")]),
            " ".join(facets(provider)),
        )

    def _category(self, id: str) -> str:
        known = self._category_words.get(id)
        if known is None:
            terms = [(term, tag) for tag in self._languages for term in self._taxonomy.terms(id, tag)]
            known = _heard(terms)
            self._category_words[id] = known
        return known

    def _follow_market(self, connection: Connection) -> None:
        """Takes up the languages and synonyms of the market document, when it is a new one."""
        row = connection.execute("SELECT value FROM meta WHERE key='market'").fetchone()
        text = row[0] if row else ""
        if text != self._market_text:
            market = msgspec.json.decode(text, type=Market) if text else Market(id="market")
            self._market_text = text
            self._languages = tuple(dict.fromkeys((*market.languages, "en")))
            self._taxonomy = self._taxonomy.with_market(market)
            self._category_words.clear()


def words(text: str, language: str) -> list[str]:
    """What is indexed, and asked for, of a text: its folded words and their stems."""
    return [*tokens(text), *stems(text, language)] if text else []


def facets(provider: Provider) -> Iterator[str]:
    """The single words that stand for a provider's categories and city."""
    yield from map(category_facet, provider.categories)
    if provider.city:
        yield city_facet(provider.city)


def category_facet(category: str) -> str:
    return "c0" + "0".join(tokens(category))


def city_facet(city: str) -> str:
    return "y0" + fold(city).replace(" ", "0")


def sound_word(word: str) -> str:
    """The single word that stands for how a word sounds, in whatever script it was typed."""
    return "s0" + sound(word)


def _joined(parts: Iterable[tuple[str, str]]) -> str:
    return " ".join(dict.fromkeys(word for text, language in parts for word in words(text, language)))


def _heard(parts: Iterable[tuple[str, str]]) -> str:
    """The words with, for those of other scripts than Latin, how their stems sound."""
    found = [word for text, language in parts for word in words(text, language)]
    heard = [sound_word(word) for word in found if not word.isascii() and not unspaced(word)]
    return " ".join(dict.fromkeys(found + heard))
