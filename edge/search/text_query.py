"""Asks the text index: whose words fit best, and whose name is nearly this.

Gives row ids best first. Words in too many records say nothing and are left out where rarer ones stand beside
them. Filters other than category and city are applied by the caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from edge.database import Connection
from edge.search.fold import latin, tokens
from edge.search.text_index import category_facet, city_facet, sound_word, words

TEXT_LIMIT = 200
WORDS_LIMIT = 24
RANKED_LIMIT = 1_000
NAMED_LIMIT = 20
TRIGRAMS_LIMIT = 12
COMMON_SHARE = 0.2
NAME_LIKENESS = 80.0
NAME_POOL = 80
HEARD_LETTERS, ENDING_LETTERS = 5, 3

# How much a word counts by the column it is found in; the facet not at all.
_RANKED = (
    "SELECT rowid FROM search_text WHERE search_text MATCH ?"
    " ORDER BY bm25(search_text, 6.0, 4.0, 3.0, 3.0, 1.0, 0.5, 0.0) LIMIT ?"
)
_NAMES = "SELECT rowid, name FROM search_name WHERE search_name MATCH ? ORDER BY rank LIMIT ?"


@dataclass(frozen=True)
class Within:
    """Where to look: any of these categories and of these cities (empty: all), of `count` providers."""

    categories: tuple[str, ...]
    cities: tuple[str, ...]
    count: int


def ranked(connection: Connection, text: str, language: str, within: Within) -> list[int]:
    """Row ids by BM25, best first, at most RANKED_LIMIT."""
    asked = informative(connection, [*words(text, language), *_heard(text)], within.count)
    if not asked:
        return []
    clauses = [f"({{name category offers attributes texts city}} : ({_any(asked)}))"]
    for facets in (map(category_facet, within.categories), map(city_facet, within.cities)):
        if wanted := _any(list(facets)):
            clauses.append(f"(facet : ({wanted}))")
    return [row[0] for row in connection.execute(_RANKED, (" AND ".join(clauses), RANKED_LIMIT))]


def informative(connection: Connection, asked: Sequence[str], count: int) -> list[str]:
    """The words the index has, without the commonest where there are rarer ones; at most WORDS_LIMIT."""
    known: dict[str, int] = {}
    for word in dict.fromkeys(asked):
        row = connection.execute("SELECT doc FROM search_text_word WHERE term=?", (word,)).fetchone()
        if row is not None:
            known[word] = row[0]
    rare = [word for word, found in known.items() if found <= max(COMMON_SHARE * count, 20)]
    return sorted(rare or known, key=lambda word: known[word])[:WORDS_LIMIT]


def _heard(text: str) -> list[str]:
    """How long Latin words sound, with and without an ending: they may be typed for another script's."""
    said = [sound_word(token) for token in tokens(text) if token.isascii() and len(token) >= HEARD_LETTERS]
    cut = [(word, len(word) - letters) for word in said for letters in range(ENDING_LETTERS)]
    return [word[:length] for word, length in cut if length > HEARD_LETTERS]


def nearly_named(connection: Connection, text: str) -> list[int]:
    """Row ids of at most NAMED_LIMIT whose name, in Latin letters, is nearly in the text; best first."""
    said = latin(text)[:TEXT_LIMIT]
    known: dict[str, int] = {}
    for part in dict.fromkeys(said[i : i + 3] for i in range(len(said) - 2)):
        row = connection.execute("SELECT doc FROM search_name_part WHERE term=?", (part,)).fetchone()
        if row is not None:
            known[part] = row[0]
    rarest = sorted(known, key=lambda part: known[part])[:TRIGRAMS_LIMIT]
    if not rarest:
        return []
    rows = connection.execute(_NAMES, (_any(rarest), NAME_POOL)).fetchall()
    scored = sorted((-_likeness(said, name), rowid) for rowid, name in rows)
    return [rowid for likeness, rowid in scored if -likeness >= NAME_LIKENESS][:NAMED_LIMIT]


def _likeness(said: str, name: str) -> float:
    """0 to 100: how nearly the name stands in what was said."""
    return fuzz.partial_ratio(name, said) if len(said) > len(name) else fuzz.ratio(said, name)


def _any(words: Sequence[str]) -> str:
    """An FTS5 expression that any of the words meets."""
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
