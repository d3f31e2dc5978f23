"""Which category people need when they do not name it: "my hair done", "где переночевать"."""

from functools import lru_cache

from edge.answer import vocabulary
from edge.answer.lexicon import Lexicon, Mention


@lru_cache(maxsize=1)
def needs() -> Lexicon[str]:
    """Phrases for categories that they do not name."""
    lexicon: Lexicon[str] = Lexicon()
    for category, languages in vocabulary.load("need").items():
        for language, phrases in languages.items():
            lexicon.add_all(phrases, category, language)
    return lexicon


@lru_cache(maxsize=4_096)
def find_needs(text: str, language: str = "en") -> tuple[Mention[str], ...]:
    """Categories that phrases of `text` ask for, by taxonomy id, in order."""
    return tuple(needs().find(text, language))
