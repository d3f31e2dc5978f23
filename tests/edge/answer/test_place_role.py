import pytest

from edge.answer.lexicon import words
from edge.answer.place_role import role_of


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("somewhere in X", "at"),
        ("from X", "from"),
        ("going to X", "to"),
        ("из X", "from"),
        ("до X", "to"),
        ("nach X", "to"),
        ("desde X", "from"),
        ("X", "none"),
        ("in a town that they call X", "none"),
        ("picking it up from X", "at"),
        ("X where I am leaving from", "from"),
    ],
)
def test_the_nearest_word_gives_the_role(text: str, role: str) -> None:
    written = words(text)
    at = next(n for n, word in enumerate(written) if word.text == "X")
    assert role_of(written, at) == role
