"""Desired settings: those of a node that its hub may set from afar, with their bounds. The published schema.

Not among them is what could cut a node off or let someone in: where its hub is, its keys and tokens, where it
listens and keeps its data. Bounds are those of the node's own settings, and a test holds the two together.
A node passes over names that it does not know; the hub refuses to send them.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from sync.errors import Refused
from sync.record import Code, Scalar

ORIGIN = r"https?://[^/\s,]+"
SPAN = r"(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)"
HOURS = rf"^(?:{SPAN}(?:,{SPAN})*)?(?![\s\S])"
Origins = Annotated[str, msgspec.Meta(max_length=500, pattern=rf"^(?:{ORIGIN}(?:,{ORIGIN})*)?(?![\s\S])")]


class Desired(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is not named stays as the node's own files say. `origins` and hours are separated by commas."""

    log_level: Literal["debug", "info", "warning", "error"] | None = None
    generator: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    embedding: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    origins: Origins | None = None
    message_limit_chars: Annotated[int, msgspec.Meta(ge=100, le=100_000)] | None = None
    messages_limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    session_ttl_s: Annotated[float, msgspec.Meta(ge=1, le=86_400)] | None = None
    session_per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    session_per_day: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    origin_per_day: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)] | None = None
    node_per_minute: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    queue_limit: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    sync_up_bytes_s: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None
    sync_down_bytes_s: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None
    sync_quiet_hours: Annotated[str, msgspec.Meta(max_length=200, pattern=HOURS)] | None = None
    sync_metered: bool | None = None
    answer_cache: bool | None = None
    answer_cache_bytes: Annotated[int, msgspec.Meta(ge=256 * 1024, le=16 * 1024**3)] | None = None
    answer_cache_ttl_s: Annotated[int, msgspec.Meta(ge=3600, le=366 * 86_400)] | None = None
    answer_cache_similarity: Annotated[float, msgspec.Meta(ge=0.5, le=1)] | None = None


NAMES: tuple[str, ...] = Desired.__struct_fields__


def checked(values: Mapping[str, Scalar]) -> dict[Code, Scalar]:
    """The values as a command carries them: those that are None, "as the node says", are left out.

    Refused with `settings.invalid`, naming the setting and its rule.
    """
    given: dict[Code, Scalar] = {name: value for name, value in values.items() if value is not None}
    try:
        msgspec.convert(given, Desired)
    except msgspec.ValidationError as error:
        raise Refused(
            f"These settings cannot be set: {error}.",
            code="settings.invalid",
            hint=f"Names and bounds are in sync/schema/desired-settings.schema.json: {', '.join(NAMES)}.",
        ) from None
    return given


def read(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """What a node of this version takes of a command's values: names it knows, if their values are in bounds.

    Refused with `settings.invalid` when one is not; nothing of it is taken then.
    """
    return checked({name: value for name, value in values.items() if name in NAMES})
