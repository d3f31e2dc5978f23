"""The data of the rules by which a question is read and answered, as one JSON document for a page.

Word lists, phrases, sentences, patterns and numbers, taken from the modules that use them, so that a page
brings the algorithm and no rules of its own. What the catalogue adds is in `knowledge`.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import msgspec
from babel import Locale

from edge.answer import cue, message, need, number, price, vocabulary, when
from edge.answer.lexicon import Lexicon
from edge.browser_index.form import languages_of
from edge.catalog.taxonomy import Taxonomy
from edge.search import lexicon as category_lexicon
from sync.provider import Market

SUBJECTS = ("concept", "cue", "field", "idea", "kind", "need", "ordinal", "place", "price", "telling")
MODULES = (
    *(
        "attribute",
        "card",
        "chip",
        "choose",
        "concept",
        "emergency",
        "focus",
        "gazetteer",
        "guard",
        "language",
    ),
    *("lexicon", "listing", "name", "number", "place_role", "price", "reading", "star", "state", "statement"),
    *("topic", "toponym", "understand", "when", "wish"),
    *("figure", "number_word", "verify"),
)
SEARCH_MODULES = ("category", "fold", "fuse", "lexicon", "mention", "rank", "relax", "stopword", "text_query")
WORD_FILES = ("emergency", "guard", "lexicon")
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*\Z")


def bundle(taxonomy: Taxonomy, market: Market) -> bytes:
    """The document. The same inputs give the same bytes."""
    languages = languages_of(market.languages)
    return msgspec.json.encode(
        {
            "form": 1,
            "languages": languages,
            "lexicons": {name: phrases(lexicon) for name, lexicon in _lexicons().items()},
            "price_bands": price.bands(),
            "vocabulary": {subject: vocabulary.load(subject) for subject in SUBJECTS},
            "templates": {language: message.catalog(language) for language in message.COMPLETE},
            **{name: _word_file(name) for name in WORD_FILES},
            "constants": {**constants("edge.answer", MODULES), **constants("edge.search", SEARCH_MODULES)},
            "calendar": {language: _calendar(language) for language in languages},
            "categories": _categories(taxonomy, languages),
            "words": _words(taxonomy, languages),
        },
        order="sorted",
    )


def phrases(lexicon: Lexicon[Any]) -> list[tuple[str, tuple[tuple[str, ...], ...], Any]]:
    """A lexicon's entries: language, keys word by word, meaning."""
    return list(lexicon.entries())


def constants(package: str, modules: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The constants of modules as plain data, under "search.rank", without a leading underscore."""
    found = {}
    for name in modules:
        module = vars(import_module(f"{package}.{name}"))
        stated = {key.lstrip("_"): plain(value) for key, value in module.items() if _CONSTANT.match(key)}
        found[f"{package.removeprefix('edge.')}.{name}"] = {
            key: value for key, value in stated.items() if value is not None
        }
    return found


def plain(value: object) -> Any:
    """Data as JSON has it: a pattern is its source and flags, a set is sorted; None for what is no data."""
    if isinstance(value, re.Pattern):
        return {"pattern": value.pattern, "ignore_case": bool(value.flags & re.IGNORECASE)}
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        items = [plain(item) for item in value]
        return None if None in items else items
    if type(value) is dict:
        pairs = {str(key): plain(item) for key, item in value.items()}
        return None if None in pairs.values() else pairs
    return None


def _lexicons() -> dict[str, Lexicon[Any]]:
    return {
        "field": cue.fields(),
        **{f"cue.{name}": lexicon for name, lexicon in cue.cues().items()},
        "need": need.needs(),
        "ordinal": number.ordinals(),
        "spoken": number.language_names(),
        "price": price.phrases(),
        **when.lexicons(),
    }


@lru_cache(maxsize=4)
def _word_file(name: str) -> dict[str, Any]:
    path = Path(str(resources.files("edge.answer"))) / "locale" / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def _calendar(language: str) -> dict[str, list[str]]:
    locale = Locale.parse(language)
    days, months = locale.days["format"]["wide"], locale.months["format"]["wide"]
    return {"days": [days[n] for n in range(7)], "months": [months[n] for n in range(1, 13)]}


def _categories(taxonomy: Taxonomy, languages: tuple[str, ...]) -> dict[str, Any]:
    labels: dict[str, dict[str, str]] = {id: {} for id in taxonomy.ids}
    for language in languages:  # one language after the other: the taxonomy keeps few of them unpacked
        for id, said in labels.items():
            said[language] = taxonomy.label(id, language)
    return {
        id: {"parent": taxonomy.parent(id), "icon": taxonomy.icon(id), "labels": labels[id]}
        for id in taxonomy.ids
    }


def _words(taxonomy: Taxonomy, languages: tuple[str, ...]) -> dict[str, Any]:
    """The category lexicon, kept to what these languages call things."""
    lexicon = category_lexicon.load(taxonomy)
    stored = lexicon.stored()
    kept = {n for n, tag in enumerate(stored.languages) if tag.split("-")[0] in languages}
    keys = {key: [m for m in meanings if m >> 4 & 0xFF in kept] for key, meanings in stored.keys.items()}
    return {
        "categories": stored.categories,
        "languages": stored.languages,
        "breadth": stored.breadth,
        "keys": {key: meanings for key, meanings in keys.items() if meanings},
    }
