"""Kinds of places: what each is called and searched by in some fifty languages, its icon and schema.org type.

Reads the bytes that a build step compiles (edge/catalog/taxonomy_build.py); a language is unpacked when first
asked for and the least used is let go. A market's own categories and synonyms are laid over it. Opening the
file, and finding a category in a text, are not here.
"""

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Self

import msgspec

from sync.errors import Corrupt
from sync.provider import Market
from sync.taxonomy_form import FORM, INDEX_MEMBER, Category, Field, Index, Words, member

FILE = Path(__file__).parent / "data" / "taxonomy.zip"
"""Where the build step puts the compiled file."""
ENGLISH = "en"
LANGUAGES_KEPT = 8
NO_WORDS = Words()

_words_decoder = msgspec.msgpack.Decoder(Words)


class Vocabulary:
    """The words of a compiled file; the LANGUAGES_KEPT last used stay unpacked. Thread-safe."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.words = lru_cache(maxsize=LANGUAGES_KEPT)(self._unpacked)

    def _unpacked(self, language: str) -> Words:
        try:
            return _words_decoder.decode(_member(self._data, member(language)))
        except msgspec.DecodeError as error:
            raise _corrupt(str(error)) from error


class Taxonomy:
    """Categories by id ("craft/plumber"). Thread-safe; the unknown gives the nearest known."""

    def __init__(self, index: Index, vocabulary: Vocabulary | None, market: Market | None = None) -> None:
        self.index = index
        self.vocabulary = vocabulary
        self.market = market or Market(id="market")
        own = {
            category.id: Category(
                parent=category.parent,
                icon=category.icon,
                schema_type=category.schema_type or "LocalBusiness",
            )
            for category in self.market.categories
        }
        self._own = {category.id: category for category in self.market.categories}
        self._categories = {**index.categories, **own}
        self._children: dict[str, list[str]] = {}
        for id, category in self._categories.items():
            if category.parent is not None:
                self._children.setdefault(category.parent, []).append(id)

    @classmethod
    def compiled(cls, data: bytes, market: Market | None = None) -> Self:
        """The taxonomy in a compiled file's bytes (a few milliseconds). Corrupt when they are none."""
        try:
            index = msgspec.msgpack.decode(_member(data, INDEX_MEMBER), type=Index)
        except msgspec.DecodeError as error:
            raise _corrupt(str(error)) from error
        if index.form != FORM:
            raise _corrupt(f"form {index.form} instead of {FORM}")
        return cls(index, Vocabulary(data), market)

    def with_market(self, market: Market) -> Self:
        """The same taxonomy with a market's own categories and synonyms laid over it."""
        return type(self)(self.index, self.vocabulary, market)

    @property
    def ids(self) -> tuple[str, ...]:
        """All category ids, the market's own included."""
        return tuple(self._categories)

    @property
    def languages(self) -> tuple[str, ...]:
        """The BCP 47 tags there are words for."""
        return self.index.languages

    @property
    def digest(self) -> str:
        """Changes whenever the compiled contents do; what is derived from them can be kept under it."""
        return self.index.digest

    def __contains__(self, id: object) -> bool:
        return id in self._categories

    def language(self, tag: str) -> str:
        """The tag of the words that a reader of `tag` gets: itself, a near one, or English."""
        parts = tag.replace("_", "-").split("-")
        while parts:
            name = "-".join(parts)
            if name in self.index.languages:
                return name
            if name in self.index.fallbacks:
                return self.index.fallbacks[name]
            parts.pop()
        return ENGLISH

    def label(self, category_id: str, language: str) -> str:
        """What the category is called: in the language, else in English, else a readable form of its id."""
        if category_id in self._own:
            names = self._own[category_id].names
            found = _nearest(names, language)
        else:
            found = self.words(self.language(language)).labels.get(category_id, "")
            found = found or self.words(ENGLISH).labels.get(category_id, "")
        return found or category_id.rsplit("/", 1)[-1].replace("_", " ").capitalize()

    def terms(self, category_id: str, language: str) -> tuple[str, ...]:
        """Every name and search term in exactly this language, the label first; may be empty."""
        words = self.words(language) if language in self.index.languages else NO_WORDS
        said = [words.labels.get(category_id, ""), *words.terms.get(category_id, ())]
        said += self.market.synonyms.get(category_id, {}).get(language, ())
        own = self._own.get(category_id)
        if own is not None:
            said = [own.names.get(language, ""), *own.terms.get(language, ()), *said]
        return tuple(dict.fromkeys(filter(None, said)))

    def icon(self, category_id: str) -> str | None:
        """The icon's name with its set as prefix ("temaki-plumber"), its own or its nearest ancestor's."""
        for id in self.lineage(category_id):
            found = self._categories.get(id)
            if found is not None and found.icon:
                return found.icon
        return None

    def schema_type(self, category_id: str) -> str | None:
        """The schema.org type, or None where the category is unknown or has none."""
        found = self._categories.get(category_id)
        return None if found is None else found.schema_type

    def for_schema_type(self, type: str) -> str | None:
        """The category that a schema.org type becomes in an import."""
        return self.index.imports.get(type)

    def parent(self, category_id: str) -> str | None:
        """The category that this one is a kind of."""
        found = self._categories.get(category_id)
        return None if found is None else found.parent

    def lineage(self, category_id: str) -> tuple[str, ...]:
        """The category and those it is a kind of, nearest first."""
        line = [category_id]
        while (above := self.parent(line[-1])) is not None and above not in line:
            line.append(above)
        return tuple(line)

    def children(self, category_id: str) -> tuple[str, ...]:
        """The direct kinds of this category."""
        return tuple(self._children.get(category_id, ()))

    def within(self, category_id: str) -> tuple[str, ...]:
        """The category and all kinds of it, at any depth."""
        found = [category_id]
        for id in found:
            found += [child for child in self.children(id) if child not in found]
        return tuple(found)

    def category(self, category_id: str) -> Category | None:
        """What holds in every language."""
        return self._categories.get(category_id)

    def field(self, key: str, language: str) -> Field | None:
        """An attribute by its OSM key ("internet_access", "payment:") in the language, else in English."""
        found = self.words(self.language(language)).fields.get(key)
        return found or self.words(ENGLISH).fields.get(key)

    def field_labels(self, key: str, language: str) -> dict[str, str]:
        """What an attribute's values are called: {"italian": "Italienisch"}; English fills the gaps."""
        theirs = self.words(self.language(language)).fields.get(key, Field())
        return {**self.words(ENGLISH).fields.get(key, Field()).values, **theirs.values}

    def words(self, language: str) -> Words:
        """All the words of one language; none for a tag that is not in `languages`."""
        if language not in self.index.languages or self.vocabulary is None:
            return NO_WORDS
        return self.vocabulary.words(language)


def _nearest(names: dict[str, str], language: str) -> str:
    for tag in (language, language.split("-")[0], ENGLISH):
        if names.get(tag):
            return names[tag]
    return next(iter(names.values()), "")


def _member(data: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise _corrupt(str(error)) from error


def _corrupt(reason: str) -> Corrupt:
    return Corrupt(
        f"the compiled taxonomy cannot be read: {reason}.",
        code="taxonomy.corrupt",
        hint="Run `make setup`, or compile it with `python -m edge.catalog.taxonomy_build`.",
    )
