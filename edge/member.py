"""The ports of chat, lead and privacy on any node: answered by the hub's side where it belongs to one.

A node may join while it runs, so each call looks. Without a hub they do what a node without one does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.chat.record import NoRecords, Rated, Records, Turn
from edge.lead.service import Requests
from edge.lead.store import Kept, Sealed
from edge.membership import Membership
from edge.outbox.trail import OutboxTrail
from edge.privacy.service import NoTrail, Reached, Trail
from sync.errors import Unavailable


@dataclass(frozen=True)
class MemberRecords:
    """The port of `edge/chat/record.py`, whether or not there is a hub."""

    membership: Membership

    @property
    def _now(self) -> Records:
        member = self.membership.member
        return NoRecords() if member is None else member.recorder

    async def turn(self, turn: Turn) -> None:
        await self._now.turn(turn)

    async def rated(self, rated: Rated) -> None:
        await self._now.rated(rated)

    def code(self, session: str) -> str:
        return self._now.code(session)

    def forget(self, session: str) -> None:
        self._now.forget(session)


@dataclass(frozen=True)
class MemberRequests:
    """The port of `edge/lead/service.py`, whether or not there is a hub."""

    membership: Membership

    @property
    def _now(self) -> Requests:
        opened = self.membership.opened
        if opened is None and not self.membership.turned_away:
            return self.membership.plain
        if opened is None or not opened.standing.identity.belongs:
            raise Unavailable(
                "This counter takes no requests any more.",
                code="lead.not_configured",
                hint="Its hub has turned it away; call the provider.",
            )
        return opened.requests

    def has(self, id: str) -> bool:
        return self._now.has(id)

    def add(self, lead: Sealed) -> bool:
        return self._now.add(lead)

    def find(self, ids: Sequence[str]) -> list[Kept]:
        return self._now.find(ids)

    def withdraw(self, ids: Sequence[str]) -> int:
        return self._now.withdraw(ids)


@dataclass(frozen=True)
class MemberTrail:
    """The port of `edge/privacy/service.py`, whether or not there is a hub."""

    membership: Membership

    @property
    def _now(self) -> Trail:
        member = self.membership.member
        return NoTrail() if member is None else OutboxTrail(member.outbox)

    def code(self, session: str) -> str:
        return self._now.code(session)

    def reached(self, session: str) -> Reached:
        return self._now.reached(session)

    async def waiting(self, session: str) -> Mapping[str, int]:
        return await self._now.waiting(session)

    async def erase(self, session: str) -> int:
        return await self._now.erase(session)
