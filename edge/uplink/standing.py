"""What the node believes of itself and its hub: its identity, the keys that count, the latest signed time.

Both are kept before they are used. Thread-safe: the outbox asks for keys from its own thread.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from edge.database import Connection
from edge.ledger import Ledger
from edge.outbox.service import Who
from edge.uplink import store
from edge.uplink.clock import Clocks
from edge.uplink.identity import Identity, IdentityStore, State
from sync.errors import Corrupt, Refused, Unavailable
from sync.keyset import KeySet
from sync.provisioning import Account, Admission, Provisioning, account
from sync.trust import Trust

NODE = "node"
FORGOTTEN = ("enrolment.token", "enrolment.expired")
"""What a hub says to a node that joined later than the copy from which its database was put back."""
WAIT_S = 30.0


@dataclass
class Standing:
    """One node at one hub."""

    files: IdentityStore
    ledger: Ledger
    clocks: Clocks
    identity: Identity
    trust: Trust

    @classmethod
    def open(cls, files: IdentityStore, identity: Identity, ledger: Ledger, clocks: Clocks) -> "Standing":
        """As it was kept. Blocking. What was kept as another node, or for another hub, is forgotten."""

        def kept(connection: Connection) -> tuple[bytes | None, int]:
            if store.read(connection, NODE) != _name(identity):
                store.forget(connection)
                store.write(connection, NODE, _name(identity))
            return store.read(connection, store.TRUST), store.read_floor(connection)

        trust, floor_ms = ledger.write(kept).result(WAIT_S)
        clocks.floor_ms = max(clocks.floor_ms, floor_ms)
        return cls(files, ledger, clocks, identity, _restored(identity, trust))

    @property
    def keys(self) -> KeySet:
        """The key set believed now."""
        return self.trust.keys

    def who(self) -> Who:
        """As the outbox seals and signs."""
        document = self.identity.document
        return Who(document.tenant, document.node, self.keys.log_key, self.identity.keys.signer)

    def admitted(self, answer: Admission) -> None:
        """Keeps the hub's word. Corrupt when its account is not sealed to this node."""
        given = account(answer, self.identity.keys.unsealer)
        self._replace(answer.state, given or self.identity.account)
        self.hear(answer.at_ms)

    def ask(self, hub: Callable[[], Admission]) -> None:
        """Asks and keeps the hub's word. Refused `enrolment.forgotten` where it had let this node in."""
        try:
            self.admitted(hub())
        except Refused as error:
            if self.identity.state == "accepted" and error.code in FORGOTTEN:
                raise _forgotten(self.identity.document) from error
            raise

    def revoked(self) -> None:
        """The hub has turned this node away for good: its account is forgotten."""
        self._replace("revoked", None)

    def believe(self, trust: Trust) -> None:
        """Keeps what is believed of the market. Blocking; on the disk when it returns."""
        kept = trust.kept()
        self.ledger.write(lambda connection: store.write(connection, store.TRUST, kept)).result(WAIT_S)
        self.trust = trust

    def hear(self, at_ms: int) -> None:
        """Keeps a verified time of the hub's as the least that it can be."""
        self.clocks.signed(at_ms)
        floor_ms = self.clocks.floor_ms
        self.ledger.write(lambda connection: store.write_floor(connection, floor_ms)).result(WAIT_S)

    def need_account(self) -> Account:
        """The account at the broker. Unavailable while the hub has not let the node in, Refused if never."""
        state, given = self.identity.state, self.identity.account
        if state == "accepted" and given is not None:
            return given
        if state in ("pending", "accepted"):
            raise Unavailable(
                "The hub has not let this node in yet.",
                code="enrolment.pending",
                hint="An operator decides: `prilavok node accept`. Records are kept meanwhile.",
            )
        raise Refused(
            f"The hub has this node as {state}.",
            code=f"enrolment.{state}",
            hint="It answers on; to sync again it has to join anew.",
        )

    def _replace(self, state: State, given: Account | None) -> None:
        fresh = msgspec.structs.replace(self.identity, state=state, account=given)
        if fresh == self.identity:
            return
        known = self.files.read()
        if known is None or known.secret == self.identity.secret:  # else new keys wait there to be taken
            self.files.write(fresh)
        self.identity = fresh


def _restored(identity: Identity, kept: bytes | None) -> Trust:
    pinned = Trust(identity.document.market, identity.pinned)
    if kept is None:
        return pinned
    try:
        return Trust.restored(kept, identity.document.market)
    except Corrupt:
        return pinned


def _forgotten(document: Provisioning) -> Refused:
    return Refused(
        f"The hub does not know {document.node} any more, though it had let it in.",
        code="enrolment.forgotten",
        hint=f"Add it there again: `prilavok node add {document.node} --market {document.market}`, or `node"
        " provision` if it is listed; then here: `prilavok-edge join FILE --renew`. All is kept for it.",
    )


def _name(identity: Identity) -> bytes:
    document = identity.document
    return f"{document.tenant}/{document.node}/{identity.root}".encode()
