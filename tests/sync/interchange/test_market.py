"""A market document that a person gives: what cannot be shown is refused by field."""

import json
from typing import Any

import pytest

from sync.errors import Refused
from sync.interchange.document import market_from
from sync.interchange.market import market_given


def document(**change: Any) -> bytes:
    return json.dumps({"id": "riga", **change}).encode()


def test_a_market_need_say_no_more_than_its_id() -> None:
    assert market_given(document()).id == "riga"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": {"en": " \r\n"}}, "name.en: is empty"),
        ({"name": {"en": "x" * 1_000_000}}, "name.en: has 1000000 characters, at most 300 are allowed"),
        ({"emergency_number": "1\u00002"}, "emergency_number: contains the control character U+0000"),
        ({"categories": [{"id": "own/a", "names": {"en": ""}}]}, "categories.own/a.en: is empty"),
        (
            {"categories": [{"id": "own/a", "names": {}, "terms": {"en": ["\u0007"]}}]},
            "categories.own/a.terms.en:",
        ),
        ({"synonyms": {"craft/plumber": {"en": ["y" * 301]}}}, "synonyms.craft/plumber.en: has 301"),
        ({"places": {"": ["Old Town"]}}, "places: is empty"),
        ({"examples": {"en": ["good", ""]}}, "examples.en: is empty"),
    ],
)
def test_a_text_that_cannot_be_shown_is_refused_by_its_field(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        market_given(document(**change))
    assert reason in refused.value.message
    assert market_from(document(**change)).id == "riga", "what is stored stays readable"


def test_a_refusal_is_short_however_much_is_wrong() -> None:
    with pytest.raises(Refused) as refused:
        market_given(document(examples={"en": [""] * 10_000}))
    assert "and 9995 more" in refused.value.message
    assert len(refused.value.message) < 1000
