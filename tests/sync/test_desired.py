"""Desired settings: the bounds are a node's own; the hub refuses unknown names, a node passes over them."""

import pytest

from sync import desired
from sync.errors import Refused


def test_values_in_bounds_are_taken_as_they_are() -> None:
    assert desired.checked({"queue_limit": 8, "answer_cache": False}) == {
        "queue_limit": 8,
        "answer_cache": False,
    }


def test_none_means_as_the_node_says() -> None:
    assert desired.checked({"queue_limit": None}) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("queue_limit", 0),
        ("queue_limit", "many"),
        ("log_level", "loud"),
        ("origins", "shop.example"),
        ("origins", "https://a.example,"),
        ("answer_cache_similarity", 1.5),
        ("operator_token", "let me in"),
        ("hub", "https://elsewhere.example"),
        ("offline", True),
    ],
)
def test_what_is_out_of_bounds_or_not_to_be_set_is_refused_by_name(name: str, value: desired.Scalar) -> None:
    with pytest.raises(Refused, match=name) as refused:
        desired.checked({name: value})
    assert refused.value.code == "settings.invalid"


def test_node_passes_over_names_of_a_newer_hub() -> None:
    assert desired.read({"mood": "good", "queue_limit": 9}) == {"queue_limit": 9}


def test_node_takes_nothing_of_settings_of_which_one_is_out_of_bounds() -> None:
    with pytest.raises(Refused):
        desired.read({"queue_limit": 9, "session_ttl_s": 0})
