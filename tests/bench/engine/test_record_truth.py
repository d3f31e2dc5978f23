"""An answer is right when it holds the record's value, however it is written."""

import pytest

from bench.engine.record_truth import right


@pytest.mark.parametrize(
    ("slot", "value", "answer"),
    [
        ("phone", "408-971-8523", "Call (408) 971 8523 [2]."),
        ("phone", "+44 20 7946 0018", "It is +44 20 7946 0018."),
        ("address", "71 North San Pedro Street", "At 71 north San Pedro street, San Jose"),
        ("address", "Calle José Martí 5", "calle jose marti 5"),
        ("price_range", "moderate", "The price range is Moderate."),
        ("has_wifi", True, "yes"),
        ("has_wifi", False, " No "),
    ],
)
def test_right(slot: str, value: object, answer: str) -> None:
    assert right(slot, value, answer)


@pytest.mark.parametrize(
    ("slot", "value", "answer"),
    [
        ("phone", "408-971-8523", "Call (408) 971 8524 [2]."),
        ("address", "71 North San Pedro Street", "171 North San Pedro Street"),
        ("address", "71 North San Pedro Street", "North San Pedro Street"),
        ("price_range", "moderate", "It is immoderate."),
        ("has_wifi", True, "no"),
        ("has_wifi", False, "yes"),
        ("has_wifi", True, ""),
    ],
)
def test_wrong(slot: str, value: object, answer: str) -> None:
    assert not right(slot, value, answer)
