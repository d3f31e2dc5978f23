"""What every category is called in every language, by the ways people may write it.

Each name and search term stands under its folded spelling, its stems, and, for scripts other than Latin, the
sound of its stems in Latin letters. Made from the taxonomy in a few seconds and kept in a file under the
taxonomy's digest. Which meaning of a word is meant is decided in `category`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from edge.catalog.taxonomy import Taxonomy
from edge.search.fold import sound, stems, tokens, unspaced
from sync.provider import Market

FORM = 4
BUILT = Path(__file__).parents[1] / "catalog" / "data"  # `python -m edge.search.lexicon` writes there
# How a term belongs to its category.
LABEL, TERM, PART = 0, 1, 2
# How a key was made from a term. SLIP is never stored: it is a key found by forgiving a typing slip.
EXACT, STEM, SOUND, SLIP = 0, 1, 2, 3
TERM_WORDS_LIMIT = 8
PART_LETTERS = 4
SOUND_LETTERS = 4
FEW_TERMS, BREADTH_EXPONENT = 4, 0.1

_SPLIT = re.compile(r"[;；،、|]|\s/\s")
_ASIDE = re.compile(r"[(（\[].*?[)）\]]")


class Meaning(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A category a key may mean, by index, and how: language index, LABEL/TERM/PART, EXACT/STEM/SOUND."""

    category: int
    language: int
    kind: int
    form: int


class Stored(msgspec.Struct, frozen=True, array_like=True):
    """The file. `keys`: a key's meanings, each packed by `_pack`; `breadth`: search terms by category."""

    form: int
    digest: str
    categories: list[str]
    languages: list[str]
    keys: dict[str, list[int]]
    breadth: list[int]


class Lexicon:
    """Keys and their meanings, over all languages at once. Immutable."""

    def __init__(self, stored: Stored) -> None:
        self.categories = tuple(stored.categories)
        self.languages = tuple(stored.languages)
        self._keys = stored.keys
        self._breadth = stored.breadth
        self._stored = stored
        self._words: dict[tuple[str, ...], list[str]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def stored(self) -> Stored:
        """All of it, meanings packed."""
        return self._stored

    def meanings(self, key: str) -> list[Meaning]:
        """Everything a key may mean; a category as often as it has ways to that key."""
        return [_unpack(packed) for packed in self._keys.get(key, ())]

    def breadth(self, category: int) -> float:
        """1 for a category with few search terms, less for one that claims many."""
        count = self._breadth[category] if category < len(self._breadth) else 0
        return float(max(count / FEW_TERMS, 1.0) ** -BREADTH_EXPONENT)

    def words(self, languages: tuple[str, ...]) -> list[str]:
        """The single words of these languages in their exact spelling: what a slip is compared with."""
        known = self._words.get(languages)
        if known is None:
            places = {place for place, tag in enumerate(self.languages) if tag in languages}
            known = [key for key, found in self._keys.items() if " " not in key and _spelt(found, places)]
            self._words[languages] = known
        return known


def _spelt(found: Iterable[int], languages: set[int]) -> bool:
    return any(packed >> 4 & 0xFF in languages and packed & 3 == EXACT for packed in found)


def load(taxonomy: Taxonomy, folder: Path | None = None) -> Lexicon:
    """The lexicon of a taxonomy with its market; read where it was built, or from `folder` if made there."""
    stored = _read(taxonomy, BUILT) or _read(taxonomy, folder) or _write(_make(taxonomy), folder)
    return Lexicon(_with_market(stored, taxonomy))


def _read(taxonomy: Taxonomy, folder: Path | None) -> Stored | None:
    if folder is None:
        return None
    path = folder / _name(taxonomy.digest)
    try:
        stat = path.stat()
        stored = _decoded(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, msgspec.DecodeError):
        return None  # not made yet, or cut off: it is made again
    return stored if (stored.form, stored.digest) == (FORM, taxonomy.digest) else None


@lru_cache(maxsize=1)
def _decoded(path: Path, written_ns: int, size: int) -> Stored:
    """The file as it was then: decoding it anew would hold up everything else for half a second."""
    return msgspec.msgpack.decode(path.read_bytes(), type=Stored)


def _write(stored: Stored, folder: Path | None) -> Stored:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / _name(stored.digest)
        partial = target.with_suffix(".partial")
        partial.write_bytes(msgspec.msgpack.encode(stored))
        partial.replace(target)
    return stored


def _name(digest: str) -> str:
    return f"lexicon-{FORM}-{digest[:16]}.msgpack"


def _make(taxonomy: Taxonomy) -> Stored:
    bare = taxonomy.with_market(Market(id="market"))
    categories, languages = list(taxonomy.index.categories), list(taxonomy.languages)
    keys: defaultdict[str, set[int]] = defaultdict(set)
    for place, language in enumerate(languages):
        for index, category in enumerate(categories):
            _add(keys, bare.terms(category, language), index, place, language, bare.label(category, language))
    packed = {key: sorted(found) for key, found in keys.items()}
    breadth = [len(bare.terms(category, "en")) for category in categories]
    return Stored(FORM, taxonomy.digest, categories, languages, packed, breadth)


def _with_market(stored: Stored, taxonomy: Taxonomy) -> Stored:
    """The lexicon with the market's own categories and synonyms added."""
    market = taxonomy.market
    touched = dict.fromkeys((*market.synonyms, *(own.id for own in market.categories)))
    if not touched:
        return stored
    categories = list(dict.fromkeys((*stored.categories, *touched)))
    spoken = {tag for own in market.categories for tag in (*own.names, *own.terms)}
    spoken |= {tag for words in market.synonyms.values() for tag in words}
    languages = list(dict.fromkeys((*stored.languages, *sorted(spoken))))
    keys: defaultdict[str, set[int]] = defaultdict(set)
    for category in touched:
        for language in spoken:
            said = _own_terms(taxonomy, category, language)
            label = taxonomy.label(category, language)
            _add(keys, said, categories.index(category), languages.index(language), language, label)
    merged = {**stored.keys}
    for key, found in keys.items():
        merged[key] = sorted({*merged.get(key, ()), *found})
    return Stored(FORM, stored.digest, categories, languages, merged, stored.breadth)


def _own_terms(taxonomy: Taxonomy, category: str, language: str) -> tuple[str, ...]:
    """The names and terms the market gives a category in a language, beside the taxonomy's."""
    said = list(taxonomy.market.synonyms.get(category, {}).get(language, ()))
    for own in taxonomy.market.categories:
        if own.id == category:
            said += [own.names.get(language, ""), *own.terms.get(language, ())]
    return tuple(filter(None, said))


def _add(
    keys: defaultdict[str, set[int]],
    terms: Iterable[str],
    category: int,
    place: int,
    language: str,
    label: str,
) -> None:
    """Puts a category's terms in one language under all their keys."""
    for term in terms:
        kind = LABEL if term == label else TERM
        for piece in _pieces(term):
            for key, form in forms(piece, language):
                keys[key].add(_pack(category, place, kind, form))
        if kind == LABEL:
            for key, form in _parts(term, language):
                keys[key].add(_pack(category, place, PART, form))


def _pieces(term: str) -> Iterator[str]:
    for piece in _SPLIT.split(_ASIDE.sub(" ", term)):
        if 0 < len(tokens(piece)) <= TERM_WORDS_LIMIT:
            yield piece


def forms(phrase: str, language: str) -> Iterator[tuple[str, int]]:
    """The keys of a phrase: (key, EXACT | STEM | SOUND). Unspaced scripts have their spelling alone."""
    found = tokens(phrase)
    if not found:
        return
    if any(unspaced(token) for token in found):
        yield "".join(found), EXACT
        return
    exact = " ".join(found)
    yield exact, EXACT
    for stem in {" ".join(_one_stem(token, language, typed) for token in found) for typed in (False, True)}:
        if stem != exact:
            yield stem, STEM
        if not exact.isascii() and len(stem) >= SOUND_LETTERS:
            yield "~" + sound(stem), SOUND
    if not exact.isascii():
        yield "~" + sound(exact), SOUND


def _one_stem(token: str, language: str, typed: bool) -> str:
    found = stems(token, language)
    return found[-1 if typed else 0] if found else token


def _parts(label: str, language: str) -> Iterator[tuple[str, int]]:
    """The long words of a label of several words, each on its own."""
    found = [token for token in tokens(label) if not unspaced(token)]
    if len(found) > 1:
        for token in found:
            if len(token) >= PART_LETTERS:
                yield from forms(token, language)


def _pack(category: int, language: int, kind: int, form: int) -> int:
    return category << 12 | language << 4 | kind << 2 | form


def _unpack(packed: int) -> Meaning:
    return Meaning(packed >> 12, packed >> 4 & 0xFF, packed >> 2 & 3, packed & 3)


if __name__ == "__main__":
    load(Taxonomy.load(), BUILT)
