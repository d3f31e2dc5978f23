"""Logs hold nothing that a visitor said."""

from edge.log import drop_words, place


def test_words_are_dropped_at_any_depth() -> None:
    event = {
        "event": "asked",
        "prompt": "secret",
        "about": {"content": "secret", "count": 1},
        "Query": "secret",
    }
    kept = drop_words(None, "info", event)
    assert "secret" not in repr(kept)
    assert kept["about"]["count"] == 1
    assert kept["dropped"] == 2


def test_exception_is_named_and_placed_but_not_quoted() -> None:
    try:
        raise ValueError("what the visitor typed")
    except ValueError as error:
        kept = place(None, "error", {"event": "unexpected", "exc_info": error})
    assert kept["error"] == "ValueError"
    assert "test_log.py" in kept["at"][-1]
    assert "visitor typed" not in repr(kept)
