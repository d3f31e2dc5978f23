"""What the routes of support bundles take and give."""

from datetime import datetime
from typing import Annotated

import msgspec

from cloud.fleet.command.wire import State
from sync.record import MOST_PARTS, PART_BYTES

MOST_BYTES = MOST_PARTS * PART_BYTES


class NewBundle(msgspec.Struct, frozen=True, kw_only=True):
    """`since_s`: logs of so many seconds before now."""

    limit_bytes: Annotated[int, msgspec.Meta(ge=10_000, le=MOST_BYTES)] = 1024 * 1024
    since_s: Annotated[int, msgspec.Meta(ge=1, le=90 * 86_400)] = 86_400


class BundleLine(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the command's. `parts` is 0 before the first has come."""

    id: str
    node: str
    state: State
    asked_at: datetime
    asked_by: str
    have: int
    parts: int
    bytes: int
    code: str

    @property
    def complete(self) -> bool:
        """Whether every part has come."""
        return 0 < self.parts == self.have


class BundlePage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    items: tuple[BundleLine, ...]
