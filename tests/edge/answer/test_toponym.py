import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.answer import toponym


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("sb", "santa brisa"),
        ("sbc", "santa brisa"),
        ("sbx", "santa brisa"),
        ("olk", "olkhovo"),
        ("pmk", "port mer k"),
    ],
)
def test_letters_may_stand_for_a_name(code: str, name: str) -> None:
    assert toponym.is_code(code, name.split())


@pytest.mark.parametrize(
    ("code", "name"), [("bs", "santa brisa"), ("ox", "olkhovo"), ("hov", "olkhovo"), ("abc", "abc")]
)
def test_other_letters_do_not(code: str, name: str) -> None:
    assert not toponym.is_code(code, name.split())


def test_initials_are_joined() -> None:
    assert toponym.join_initials(["kvarnby", "d", "c"]) == ["kvarnby", "dc"]
    assert toponym.join_initials(["st", "olaf"]) == ["st", "olaf"]


def test_a_nickname_is_a_beginning_with_a_familiar_ending() -> None:
    assert toponym.is_nickname("olkhy", "olkhovo")
    assert not toponym.is_nickname("olkhovo", "olkhovo")


@given(st.lists(st.text(alphabet="abcd", min_size=1, max_size=4), max_size=6))
def test_joining_initials_keeps_every_letter(parts: list[str]) -> None:
    assert "".join(toponym.join_initials(parts)) == "".join(parts)
