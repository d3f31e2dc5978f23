"""Kinds of places: what each is called and searched by in some fifty languages, its icon and schema.org type.

Reads the file that `taxonomy_build` compiles; a language is unpacked when first asked for and the least used
is let go. A market's own categories and synonyms are laid over it. Finding a category in a text is not here
(see edge/search).
"""

import threading
import zipfile
from collections import OrderedDict
from pathlib import Path

import msgspec

from edge.catalog.taxonomy_form import FORM, INDEX_MEMBER, Category, Field, Index, Words, member
from sync.errors import Corrupt, Missing
from sync.provider import Market

FILE = Path(__file__).parent / "data" / "taxonomy.zip"
ENGLISH = "en"
LANGUAGES_KEPT = 8
NO_WORDS = Words()

_words_decoder = msgspec.msgpack.Decoder(Words)


class Taxonomy:
    """Categories by id ("craft/plumber"). Thread-safe; the unknown gives the nearest known."""

    def __init__(self, index: Index, path: Path | None, market: Market | None = None) -> None:
        self.index = index
        self.market = market or Market(id="market")
        self._path = path
        self._kept: OrderedDict[str, Words] = OrderedDict()
        self._lock = threading.Lock()
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
    def load(cls, path: Path = FILE, market: Market | None = None) -> "Taxonomy":
        """Opens the compiled file (a few milliseconds). Missing or Corrupt say what to do."""
        data = _read(path, INDEX_MEMBER)
        try:
            index = msgspec.msgpack.decode(data, type=Index)
        except msgspec.DecodeError as error:
            raise _corrupt(path, str(error)) from error
        if index.form != FORM:
            raise _corrupt(path, f"form {index.form} instead of {FORM}")
        return cls(index, path, market)

    def with_market(self, market: Market) -> "Taxonomy":
        """The same taxonomy with a market's own categories and synonyms laid over it."""
        return Taxonomy(self.index, self._path, market)

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
        if language not in self.index.languages or self._path is None:
            return NO_WORDS
        with self._lock:
            found = self._kept.get(language)
            if found is None:
                found = self._unpack(language)
                self._kept[language] = found
                while len(self._kept) > LANGUAGES_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(language)
        return found

    def _unpack(self, language: str) -> Words:
        path = self._path or FILE
        try:
            return _words_decoder.decode(_read(path, member(language)))
        except msgspec.DecodeError as error:
            raise _corrupt(path, str(error)) from error


def _nearest(names: dict[str, str], language: str) -> str:
    for tag in (language, language.split("-")[0], ENGLISH):
        if names.get(tag):
            return names[tag]
    return next(iter(names.values()), "")


def _read(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(name)
    except FileNotFoundError as error:
        raise Missing(
            f"the compiled taxonomy {path} is not there.",
            code="taxonomy.missing",
            hint="Run `make setup`, or `python -m edge.catalog.taxonomy_build`.",
        ) from error
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise _corrupt(path, str(error)) from error


def _corrupt(path: Path, reason: str) -> Corrupt:
    return Corrupt(
        f"the compiled taxonomy {path} cannot be read: {reason}.",
        code="taxonomy.corrupt",
        hint="Compile it again with `python -m edge.catalog.taxonomy_build`.",
    )
