from hypothesis import given
from hypothesis import strategies as st

from edge.answer import price


def test_most_values_must_speak_of_price() -> None:
    assert price.speak_of_price(["cheap", "expensive", "other"])
    assert not price.speak_of_price(["cheap", "blue", "green"])
    assert not price.speak_of_price([])


def test_the_nearest_band_said_stands_in() -> None:
    assert price.spellings({"Cheap": 2, "Inexpensive": 5, "luxury": 1}, 2) == ("Inexpensive", "Cheap")
    assert price.spellings({"blue": 2}, 2) == ()


@given(
    st.dictionaries(st.sampled_from(["cheap", "moderate", "expensive", "blue"]), st.integers(1, 9)),
    st.integers(1, 4),
)
def test_spellings_are_the_catalogue_s_own(values: dict[str, int], band: int) -> None:
    assert set(price.spellings(values, band)) <= values.keys() - {"blue"}
