"""What a server's refusal means: status or error object in, one of our errors out; pure.

The server's own words are not repeated: servers echo prompts, and keys, in them. They are only looked
through for what is too long and for grammars.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from models.runtime.remote_events import Fault
from sync.errors import PrilavokError, Refused, Unavailable

DOCTOR = "`prilavok-edge doctor` asks the server what it serves."
LONGEST_S = 86_400.0
_WORD = re.compile(r"[A-Za-z][\w.-]{0,59}")
_LONG = re.compile(
    r"context.{0,20}(?:length|size|window|exceed)|exceed.{0,20}context|too long|too large", re.I
)


class _Reply(msgspec.Struct, frozen=True):
    error: Fault | str | None = None
    message: str = ""
    type: str | None = None
    code: str | int | None = None


def fault_in(body: bytes) -> Fault:
    """The error object of a body, in the forms that servers give it; an empty one where there is none."""
    try:
        read = msgspec.json.decode(body, type=_Reply)
    except (msgspec.DecodeError, ValueError):
        return Fault()
    return (
        as_fault(read.error)
        if read.error is not None
        else Fault(message=read.message, type=read.type, code=read.code)
    )


def as_fault(error: Fault | str) -> Fault:
    """Some servers send the bare message."""
    return Fault(message=error) if isinstance(error, str) else error


def refusal(status: int, fault: Fault, retry_after_s: float | None = None) -> PrilavokError:
    """The error for an HTTP status that is not 200, or for an error object within a stream (its code)."""
    named = f"HTTP {status}{_kind(fault)}"
    if 300 <= status < 400:
        return Refused(
            f"The model server sends elsewhere ({named}); the key goes nowhere else.",
            code="generator.redirect",
            hint="Set generator_url to the final address; or this network wants a sign-in: open a browser.",
        )
    if status in (401, 403):
        return Refused(
            f"The model server refuses the key ({named}).",
            code="generator.key",
            hint="Check generator_key_file.",
        )
    if status == 404:
        return Refused(
            f"The model server knows no such address or model ({named}).",
            code="generator.not_found",
            hint=DOCTOR,
        )
    if status == 511:
        return captive()
    if status in (408, 425, 429, 503):
        return Unavailable(
            f"The model server is busy ({named}).",
            code="generator.overloaded",
            hint="Try again later; answers go on without it.",
            retry_after_s=retry_after_s,
        )
    if 400 <= status < 500:
        return _bad_request(named, fault)
    return Unavailable(
        f"The model server failed ({named}).", code="generator.server", hint="Look into the server's own log."
    )


def _bad_request(named: str, fault: Fault) -> Refused:
    text = f"{fault.code} {fault.type} {fault.message}"
    if "413" in named or _LONG.search(text):
        return Refused(
            f"The prompt is longer than the server's model takes ({named}).",
            code="generator.prompt_too_long",
            hint="Send less, or give the server a larger context.",
        )
    if "grammar" in text.lower():
        return Refused(
            f"The model server refuses the grammar ({named}).",
            code="generator.grammar",
            hint="Correct the grammar.",
        )
    return Refused(
        f"The model server refuses the request ({named}).",
        code="generator.refused",
        hint="Check generator_flavour and generator_model; the server's own log says why.",
    )


def status_of(fault: Fault) -> int:
    """The HTTP status that an error object within a stream stands for; 500 where it does not say."""
    return fault.code if isinstance(fault.code, int) and 400 <= fault.code < 600 else 500


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds from a Retry-After header (RFC 9110, 10.2.3: a number or a date), at most a day."""
    if value is None:
        return None
    if re.fullmatch(r"\d{1,9}", value.strip()):
        return min(float(value), LONGEST_S)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - (now or datetime.now(UTC))).total_seconds()), LONGEST_S)


def captive() -> Unavailable:
    """A network's sign-in page in place of the server."""
    return Unavailable(
        "A web page answers in place of the model server.",
        code="generator.captive_portal",
        hint="Check generator_url; or this network wants a sign-in: open a browser, sign in.",
    )


def _kind(fault: Fault) -> str:
    """The error's own short name, where it is one."""
    for word in (fault.code, fault.type):
        if isinstance(word, str) and _WORD.fullmatch(word):
            return f", {word}"
    return ""
