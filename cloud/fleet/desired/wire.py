"""What the routes of settings take and give. Names and bounds of values are those of `sync/desired.py`."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from sync.record import Code, Scalar

Standing = Literal["unset", "in force", "under way", "kept", "failed", "refused"]
Values = Annotated[dict[Code, Scalar], msgspec.Meta(max_length=200)]


class NewSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings that the hub sets; what is not named, or null, is as the node's own files say."""

    values: Values


class SettingsLine(msgspec.Struct, frozen=True, kw_only=True):
    """`version` 0: none were ever set. `reported`: the version that the node says it runs.

    `standing`: whether they are in force there; `kept`: the node has them, and some wait for its next start.
    """

    node: str
    version: int
    values: Values
    reported: int | None
    standing: Standing
    set_at: datetime | None
    set_by: str
