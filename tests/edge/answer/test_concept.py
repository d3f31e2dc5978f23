import pytest

from edge.answer import concept, message


@pytest.mark.parametrize(
    ("key", "idea"),
    [
        ("has_wifi", "wifi"),
        ("internetAccess", "wifi"),
        ("diet:vegan", "vegan"),
        ("payment:credit_cards", "cards"),
        ("good_for_kids", "kids"),
        ("fee", "entry_fee"),
        ("pets-welcome", "pets"),
        ("room_type", None),
        ("kids_cut", None),
        ("cash_desk", None),
        ("", None),
    ],
)
def test_keys_are_told_by_their_words(key: str, idea: str | None) -> None:
    assert concept.of(key) == idea


def test_unknown_keys_are_spoken_by_their_words() -> None:
    assert concept.spoken("has_rooftop_bar") == "rooftop bar"
    assert concept.spoken("is") == "is"


@pytest.mark.parametrize("language", message.COMPLETE)
def test_every_idea_has_a_name_in_every_language(language: str) -> None:
    for idea in concept.ideas():
        assert message.has(language, f"concept.{idea}.label"), idea
