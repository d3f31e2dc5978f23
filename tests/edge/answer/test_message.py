import pytest

from edge.answer import message
from sync.errors import Missing


@pytest.mark.parametrize("language", message.COMPLETE)
def test_every_language_has_every_message_with_the_same_slots(language: str) -> None:
    ours, english = message.catalog(language), message.catalog("en")
    assert set(ours) == set(english)
    for key, given in english.items():
        said = ours[key]
        assert isinstance(said, str) == isinstance(given, str), key
        if isinstance(given, str) and isinstance(said, str):
            assert message.slots(said) == message.slots(given), key


@pytest.mark.parametrize("language", message.COMPLETE)
def test_counted_messages_have_every_plural_category_of_the_language(language: str) -> None:
    counted = {
        key: forms
        for key, forms in message.catalog(language).items()
        if isinstance(forms, dict) and "0" not in forms
    }
    assert counted
    for key, forms in counted.items():
        assert message.categories(language) <= set(forms), key


@pytest.mark.parametrize("language", message.COMPLETE)
def test_no_message_shouts(language: str) -> None:
    for key, said in message.catalog(language).items():
        for text in [said] if isinstance(said, str) else said.values():
            assert not set("!¡") & set(text), key


def test_counts_choose_the_plural_form() -> None:
    said = [message.text("ru", "find.heading_bare", count=count) for count in (1, 2, 5, 21, 12)]
    assert said == [
        "Подходит 1 место.",
        "Подходят 2 места.",
        "Подходят 5 мест.",
        "Подходит 21 место.",
        "Подходят 12 мест.",
    ]


def test_other_languages_speak_english() -> None:
    assert message.speech("fr") == "en"
    assert message.speech("de-AT") == "de"
    assert message.text("fr", "chip.more") == message.text("en", "chip.more")


def test_braces_in_values_mean_nothing() -> None:
    assert "{count}" in message.text("en", "fact.phone", who="{count} [1]", value="5")


def test_an_unknown_message_is_an_error() -> None:
    with pytest.raises(Missing):
        message.text("en", "no.such")
