"""Small words: what a person asks for about a provider, and what they want of the conversation."""

from dataclasses import dataclass
from functools import lru_cache

from edge.answer import vocabulary
from edge.answer.lexicon import Lexicon, Mention


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues and fields of one text, with the words they stand on."""

    fields: tuple[Mention[str], ...]
    cues: tuple[Mention[str], ...]

    def has(self, *names: str) -> bool:
        return any(m.meaning in names for m in self.cues)

    def spans(self, name: str) -> list[tuple[int, int]]:
        return [(m.start, m.end) for m in self.cues if m.meaning == name]


@lru_cache(maxsize=1)
def fields() -> Lexicon[str]:
    """Phrases for the fields of a record."""
    return _lexicon("field")


@lru_cache(maxsize=1)
def cues() -> dict[str, Lexicon[str]]:
    """One lexicon a cue, so that a phrase of one never hides a word of another."""
    lexicons: dict[str, Lexicon[str]] = {}
    for name, languages in vocabulary.load("cue").items():
        lexicon = lexicons.setdefault(name, Lexicon())
        for language, phrases in languages.items():
            lexicon.add_all(phrases, name, language)
    return lexicons


def _lexicon(file: str) -> Lexicon[str]:
    lexicon: Lexicon[str] = Lexicon()
    for name, languages in vocabulary.load(file).items():
        for language, phrases in languages.items():
            lexicon.add_all(phrases, name, language)
    return lexicon


@lru_cache(maxsize=4_096)
def read(text: str, language: str = "en") -> Cues:
    """Everything in `text`, read as `language`, that this module knows, each in order of place."""
    found = [m for lexicon in cues().values() for m in lexicon.find(text, language)]
    return Cues(tuple(fields().find(text, language, slips=True)), tuple(sorted(found, key=lambda m: m.start)))
