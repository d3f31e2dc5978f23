"""The node's stream is read to its last grounding."""

import json

from bench.engine.node_path import Crossing, figures, read_line


def test_text_is_gathered_and_the_grounding_given() -> None:
    text: list[str] = []
    chunk = {"choices": [{"delta": {"content": "Plumber"}}], "grounding": {"mode": "phrase"}}
    assert read_line("data: " + json.dumps(chunk), text) == {"mode": "phrase"}
    assert text == ["Plumber"]


def test_other_lines_say_nothing() -> None:
    text: list[str] = []
    assert [read_line(line, text) for line in ("", "data: [DONE]", ": ping")] == [None, None, None]
    assert text == []


def test_the_ratio_is_of_the_medians() -> None:
    found = figures([Crossing(1.0, 4.0, 48), Crossing(2.0, 4.0, 20), Crossing(9.0, 4.0, 30)], {"phrase": 3})
    assert found["ratio"] == 0.5
    assert found["questions"] == 3


def test_nothing_phrased_has_no_ratio() -> None:
    assert figures([], {"template": 5})["ratio"] is None
