import msgspec

from edge.answer import chip, message
from tests.edge.answer.words import CARDS, NOW, QUERY, understood


def texts(*keys: str, language: str = "en") -> list[str]:
    return [message.text(language, f"chip.{key}") for key in keys]


def suggested(*args: object, **more: object) -> list[str]:
    return [one.text for one in chip.suggest(*args, **more)]  # type: ignore[arg-type]


def test_a_list_can_be_narrowed() -> None:
    assert suggested(understood(), CARDS, "en", total=12) == texts("open_now", "cheaper", "nearer", "more")


def test_what_is_already_wished_is_not_suggested() -> None:
    query = msgspec.structs.replace(QUERY, open_at=NOW, order="price")
    assert suggested(understood(query=query), CARDS, "en") == texts("nearer", "compare")


def test_one_place_is_asked_for_what_it_has() -> None:
    assert suggested(understood(), CARDS[:1], "ru")[:3] == texts("phone", "hours", "address", language="ru")
    asked = understood("en", "fact", providers=("p1",), fields=("phone",))
    assert suggested(asked, CARDS[:1], "en") == texts("hours", "address", "price")


def test_a_place_without_a_phone_is_not_asked_for_it() -> None:
    bare = msgspec.structs.replace(CARDS[0], phone=None)
    assert texts("phone")[0] not in suggested(understood(), (bare,), "en")


def test_nothing_found_suggests_examples() -> None:
    assert len(suggested(understood(), (), "de")) == 3


def test_an_emergency_is_left_alone() -> None:
    assert suggested(understood("en", "emergency"), CARDS, "en") == []


def test_never_more_than_four() -> None:
    assert len(suggested(understood(), CARDS, "es", total=99)) <= chip.MOST
