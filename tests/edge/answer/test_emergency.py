import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.answer import emergency
from sync.provider import Market

CRIES = [
    ("en", "my husband collapsed", "medical"),
    ("en", "Help!! she's not breathing", "medical"),
    ("en", "FIRE!", "fire"),
    ("en", "my kitchen is on fire", "fire"),
    ("en", "police now please help", "police"),
    ("en", "I smell gas in the flat", "gas"),
    ("en", "my son swallowed bleach", "poison"),
    ("en", "i want to kill myself", "suicide"),
    ("en", "911", "general"),
    ("en", "my cat collapsed at the vet", "medical"),
    ("ru", "Муж потерял сознание", "medical"),
    ("ru", "вызовите скорую", "medical"),
    ("ru", "у нас пожар", "fire"),
    ("ru", "пахнет газом", "gas"),
    ("ru", "не хочу жить", "suicide"),
    ("es", "mi marido se ha desmayado", "medical"),
    ("es", "huele a gas", "gas"),
    ("es", "¡Fuego!", "fire"),
    ("de", "Mein Mann ist zusammengebrochen", "medical"),
    ("de", "Es brennt!", "fire"),
    ("de", "Er hat Gift getrunken", "poison"),
    ("fr", "mon mari s'est effondré", "medical"),
    ("fr", "au secours", "general"),
    ("tr", "kocam bayıldı", "medical"),
    ("tr", "gaz kokusu var", "gas"),
    ("ar", "زوجي فقد الوعي", "medical"),
    ("zh", "我丈夫晕倒了", "medical"),
    ("zh", "着火了", "fire"),
    ("uk", "чоловік знепритомнів", "medical"),
    ("it", "mio marito è svenuto", "medical"),
    ("pt", "meu marido desmaiou", "medical"),
    ("pl", "mój mąż zemdlał", "medical"),
    ("en", "Муж потерял сознание", "medical"),
]
CALM = [
    ("en", "fire station museum"),
    ("en", "emergency plumber"),
    ("en", "emergency dentist open now"),
    ("en", "police station opening hours"),
    ("en", "where can I buy a fire extinguisher"),
    ("en", "gas station near me"),
    ("en", "gift shop"),
    ("en", "first aid course"),
    ("en", "fireplace repair"),
    ("en", "hot stone massage"),
    ("en", "therapist for suicide prevention training"),
    ("ru", "срочно нужен сантехник"),
    ("ru", "помогите найти парикмахера"),
    ("ru", "полицейский участок, часы работы"),
    ("ru", "ремонт газовых плит"),
    ("ru", "музей пожарной охраны"),
    ("es", "museo de bomberos"),
    ("es", "fontanero de urgencia"),
    ("de", "Notfall-Klempner"),
    ("de", "Feuerwehrmuseum Öffnungszeiten"),
    ("de", "Hilfe bei der Steuererklärung"),
    ("fr", "plombier en urgence"),
    ("tr", "itfaiye müzesi"),
    ("zh", "消防博物馆"),
    ("zh", "宠物医院营业时间"),
    ("en", ""),
    ("en", "gift"),
]


@pytest.mark.parametrize(("language", "text", "kind"), CRIES)
def test_a_cry_for_help_is_heard(language: str, text: str, kind: str) -> None:
    assert emergency.detect(text, language) == kind


@pytest.mark.parametrize(("language", "text"), CALM)
def test_a_question_about_services_is_none(language: str, text: str) -> None:
    assert emergency.detect(text, language) is None


def test_every_kind_has_words_in_every_language() -> None:
    for language, words in emergency.words().items():
        assert set(words.always) | set(words.weak) >= set(emergency.KINDS) - {"general"}, language
        assert "general" in words.weak


def test_the_markets_own_number_comes_first() -> None:
    assert emergency.number(Market(id="a", country="US", emergency_number="5")) == "5"
    assert emergency.number(Market(id="a", country="US")) == "911"
    assert emergency.number(Market(id="a", country="DE")) == "112"
    assert emergency.number(Market(id="a")) == "112"


@settings(deadline=None)
@given(st.text(max_size=2000), st.sampled_from(["en", "zh", "", "xx"]))
def test_any_text_is_survived(text: str, language: str) -> None:
    assert emergency.detect(text, language) in {None, *emergency.KINDS}
