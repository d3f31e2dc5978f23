"""What a server's refusal is taken for."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.remote_events import Fault
from models.runtime.remote_status import fault_in, refusal, retry_after
from sync.errors import PrilavokError, Refused, Unavailable

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "context_length_exceeded", "message": "x"}}, "generator.prompt_too_long"),
        ({"error": {"type": "exceed_context_size_error", "message": "x"}}, "generator.prompt_too_long"),
        (
            {"error": {"message": "This model's maximum context length is 2048 tokens."}},
            "generator.prompt_too_long",
        ),
        ({"object": "error", "message": "maximum context length is 8 tokens"}, "generator.prompt_too_long"),
        ({"error": {"message": "failed to parse grammar"}}, "generator.grammar"),
        ({"error": "failed to parse grammar"}, "generator.grammar"),
        ({"error": {"message": "conversation roles must alternate"}}, "generator.refused"),
        ({"detail": "no such thing"}, "generator.refused"),
        ([], "generator.refused"),
    ],
    ids=str,
)
def test_bad_request_is_told_apart(body: object, code: str) -> None:
    error = refusal(400, fault_in(json.dumps(body).encode()))
    assert isinstance(error, Refused)
    assert error.code == code


def test_servers_own_words_are_not_repeated_but_its_short_name_is() -> None:
    error = refusal(400, Fault(message="You said: my secret", type="invalid_request_error", code="odd code"))
    assert "secret" not in str(error)
    assert "odd code" not in str(error)
    assert "invalid_request_error" in str(error)


@given(st.integers(300, 599), st.binary(max_size=60))
def test_every_status_and_body_is_an_error_with_code_and_hint(status: int, body: bytes) -> None:
    error = refusal(status, fault_in(body))
    assert isinstance(error, PrilavokError)
    assert error.code.startswith("generator.")
    assert error.hint
    assert isinstance(error, Unavailable if status >= 500 or status in (408, 425, 429) else Refused)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7),
        (" 7 ", 7),
        ("999999999", 86_400),
        ("Fri, 27 Nov 2026 12:00:30 GMT", 30),
        ("Fri, 27 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
