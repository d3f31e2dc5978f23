"""How many stars: "3 star", "four-star", "dos estrellas"."""

from edge.answer.lexicon import words

_STARS = ("star", "звезд", "estrella", "stern", "etoile", "yıldız")
_NUMBERS = (
    "one un uno una ein eine einem einen один одна одно",
    "two dos zwei два две",
    "three tres drei три",
    "four cuatro vier четыре",
    "five cinco fünf funf пять",
)
_NUMBER_WORDS = {word: str(number) for number, spelt in enumerate(_NUMBERS, 1) for word in spelt.split()}


def find_stars(text: str) -> list[tuple[str, int, int]]:
    """(what stands before a word for stars, a number word in figures; first word; end) for each such word."""
    written = words(text)
    found = []
    for at, word in enumerate(written):
        if at and word.folded.startswith(_STARS):
            before = written[at - 1].folded
            found.append((_NUMBER_WORDS.get(before, before), at - 1, at + 1))
    return found
