"""Asks the text index: whose words fit best, and whose name is nearly this.

Gives row ids best first. The rarest words are asked for, as far as a budget of records to be read goes: words
that stand in very many say little and cost most. Filters other than category and city are the caller's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import msgspec
from rapidfuzz import fuzz

from edge.database import Connection
from edge.search.fold import latin, tokens
from edge.search.text_index import category_facet, city_facet, sound_word, words

TEXT_LIMIT = 200
WORDS_LIMIT = 24
RANKED_LIMIT = 1_000
NAMED_LIMIT = 20
TRIGRAMS_LIMIT = 12
RECORDS_LIMIT = 10_000
REMEMBERED_LIMIT = 50_000
RENEWED_LIMIT = 500
LONG_TEXT = 2_000
NAME_LIKENESS = 80.0
NAME_POOL = 80
HEARD_LETTERS, ENDING_LETTERS = 5, 3

# How much a word counts by the column it is found in; the facet not at all.
# One row: between rows a thread gives the interpreter up, and waits for it where others want it, too.
_RANKED = (
    "SELECT json_group_array(rowid) FROM (SELECT rowid FROM search_text WHERE search_text MATCH ?"
    " ORDER BY bm25(search_text, 6.0, 4.0, 3.0, 3.0, 1.0, 0.5, 0.0) LIMIT ?)"
)
_WORDS = "SELECT doc FROM search_text_word WHERE term=?"
_PARTS = "SELECT doc FROM search_name_part WHERE term=?"
_NAMES = (
    "SELECT json_group_array(json_array(rowid, name)) FROM"
    " (SELECT rowid, name FROM search_name WHERE search_name MATCH ? ORDER BY rank LIMIT ?)"
)


@dataclass(frozen=True)
class Within:
    """Where to look: any of these categories and any of these cities; empty is all."""

    categories: tuple[str, ...]
    cities: tuple[str, ...]


class Frequencies:
    """In how many records words, and groups of three letters of names, stand; remembered for one version."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, int]] = {_WORDS: {}, _PARTS: {}}

    def renew(self, connection: Connection, before: "Frequencies") -> None:
        """Reads anew what was asked for last of the version before, so that no answer has to."""
        for statement, known in before._known.items():
            self.rarest(connection, statement, list(known)[-RENEWED_LIMIT:], 0)

    def rarest(self, connection: Connection, statement: str, asked: Iterable[str], limit: int) -> list[str]:
        """Those asked that stand somewhere, rarest first, at most `limit`, within the budget of records."""
        known, counts = self._known[statement], dict[str, int]()
        if len(known) > REMEMBERED_LIMIT:
            known.clear()
        for term in asked:
            count = known.pop(term, None)
            if count is None:
                row = connection.execute(statement, (term,)).fetchone()
                count = row[0] if row else 0
            known[term] = counts[term] = count  # what was asked for last stands last
        standing = sorted((count, term) for term, count in counts.items() if count)[:limit]
        sums = accumulate(count for count, _ in standing)
        return [term for (_, term), read in zip(standing, sums, strict=True) if read <= RECORDS_LIMIT]


def ranked(
    connection: Connection, text: str, language: str, within: Within, frequencies: Frequencies
) -> list[int]:
    """Row ids by BM25, best first, at most RANKED_LIMIT."""
    said = [*words(text[:LONG_TEXT], language), *_heard(text[:LONG_TEXT])]
    asked = frequencies.rarest(connection, _WORDS, said, WORDS_LIMIT)
    if not asked:
        return []
    clauses = [f"({{name category offers attributes texts city}} : ({_any(asked)}))"]
    for facets in (map(category_facet, within.categories), map(city_facet, within.cities)):
        if wanted := _any(list(facets)):
            clauses.append(f"(facet : ({wanted}))")
    [found] = connection.execute(_RANKED, (" AND ".join(clauses), RANKED_LIMIT)).fetchone()
    return msgspec.json.decode(found, type=list[int])


def _heard(text: str) -> list[str]:
    """How long Latin words sound, with and without an ending: they may be typed for another script's."""
    said = [sound_word(token) for token in tokens(text) if token.isascii() and len(token) >= HEARD_LETTERS]
    cut = [(word, len(word) - letters) for word in said for letters in range(ENDING_LETTERS)]
    return [word[:length] for word, length in cut if length > HEARD_LETTERS]


def nearly_named(connection: Connection, text: str, frequencies: Frequencies) -> list[int]:
    """Row ids of at most NAMED_LIMIT whose name, in Latin letters, is nearly in the text; best first."""
    said = latin(text[:LONG_TEXT])[:TEXT_LIMIT]
    parts = [said[i : i + 3] for i in range(len(said) - 2)]
    rarest = frequencies.rarest(connection, _PARTS, parts, TRIGRAMS_LIMIT)
    if not rarest:
        return []
    [found] = connection.execute(_NAMES, (_any(rarest), NAME_POOL)).fetchone()
    rows = msgspec.json.decode(found, type=list[tuple[int, str]])
    scored = sorted((-_likeness(said, name), rowid) for rowid, name in rows)
    return [rowid for likeness, rowid in scored if -likeness >= NAME_LIKENESS][:NAMED_LIMIT]


def _likeness(said: str, name: str) -> float:
    """0 to 100: how nearly the name stands in what was said."""
    return fuzz.partial_ratio(name, said) if len(said) > len(name) else fuzz.ratio(said, name)


def _any(words: Sequence[str]) -> str:
    """An FTS5 expression that any of the words meets."""
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
