import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.catalog.alias import aliases
from edge.search.fold import fold


@pytest.mark.parametrize(
    ("name", "city", "short"),
    [
        ("The Copper Kettle", None, "copper kettle"),
        ("Copper Kettle Hotel", None, "copper kettle"),
        ("Copper Kettle - Old Town", None, "copper kettle"),
        ("Copper Kettle (North)", None, "copper kettle"),
        ("Copper Kettle Olkhovo", "Olkhovo", "copper kettle"),
        ("Hotel Linden Restaurant & Bar", None, "hotel linden"),
        ("La Brisa", None, "brisa"),
        ("Zum Anker: Gasthaus", None, "zum anker"),
        ("Липа Ресторан", None, "липа"),
    ],
)
def test_short_forms(name: str, city: str | None, short: str) -> None:
    found = aliases(name, city)
    assert found[0] == fold(name)
    assert short in found


@pytest.mark.parametrize(
    ("name", "city", "never"),
    [
        ("Restaurant Bar", None, "restaurant"),
        ("Olkhovo Hotel", "Olkhovo", "olkhovo"),
        ("The Bar", None, "bar"),
        ("Spa Ole", None, "spa"),
        ("Abc Bar", None, "abc"),
    ],
)
def test_what_only_says_the_kind_or_the_place_is_no_name(name: str, city: str | None, never: str) -> None:
    assert never not in aliases(name, city)


@given(st.text(max_size=60), st.none() | st.text(max_size=20))
def test_the_full_name_comes_first_and_all_are_folded_and_different(name: str, city: str | None) -> None:
    found = aliases(name, city)
    assert found[0] == fold(name)
    assert len(set(found)) == len(found)
    assert all(fold(form) == form for form in found)
    assert all(len(form) <= len(found[0]) for form in found)
