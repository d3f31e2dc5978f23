"""`POST /node/enrol` and `/node/time`: what a node asks before it has a broker account.

The answer is signed by the tenant's hub key. An accepted node's carries its account once the broker has it,
so that the first connection succeeds; until then it is told to wait.
"""

import time
from dataclasses import dataclass

from cloud.account import access
from cloud.account.work import Work, work
from cloud.fleet.broker.account import Passwords
from cloud.fleet.node import store
from cloud.fleet.node.enrolment import Outcome, decide
from cloud.keyring import Keyring
from cloud.postgres import Pool
from sync import clock, provisioning, signed
from sync.clock import NONCE_BYTES, HubTime
from sync.document import encode
from sync.errors import Conflict, Refused
from sync.provisioning import Account, Enrolment
from sync.signed import MOST_SIGNATURES

PATIENCE_S = 3.0
PAUSE_S = 0.1


@dataclass(frozen=True)
class Joining:
    """`patience_s`: how long an accepted node's request waits for its account at the broker."""

    pool: Pool
    keyring: Keyring
    passwords: Passwords
    patience_s: float = PATIENCE_S

    def enrol(self, message: bytes) -> bytes:
        """The signed admission. Refused and Conflict as `enrolment.decide` says."""
        request = provisioning.enrolling(message)
        with work(self.pool, request.tenant, f"node:{request.node}") as begun:
            outcome = _bind(begun, request)
        account = self._account(request) if outcome.said == "accepted" else None
        said = "pending" if outcome.said == "accepted" and account is None else outcome.said
        signer = self.keyring.signer(request.tenant, "hub")
        return provisioning.admit(request, said, _now_ms(), signer, account)

    def _account(self, request: Enrolment) -> Account | None:
        """The node's account, if the broker has it before patience ends."""
        deadline = time.monotonic() + self.patience_s
        while True:
            with work(self.pool, request.tenant, "") as begun:
                seat, has = store.seat(begun.connection, request.node)
            if seat is None or seat.sign_key != request.sign_key:
                return None
            if has == seat.number:
                return self.passwords.account(request.tenant, seat.node, seat.sign_key, seat.number)
            if time.monotonic() > deadline:
                return None
            time.sleep(PAUSE_S)

    def time(self, nonce: bytes, tenant: str | None) -> bytes:
        """The hub's time, signed with that tenant's key; none named: with every tenant's, if they are few."""
        if len(nonce) != NONCE_BYTES:
            raise Refused(
                f"A nonce has {NONCE_BYTES} bytes, not {len(nonce)}.",
                code="time.nonce",
                hint=f"Send {NONCE_BYTES} random bytes.",
            )
        known = access.tenants(self.pool)
        names = known if tenant is None else [name for name in known if name == tenant]
        if not 1 <= len(names) <= MOST_SIGNATURES:
            raise Refused(
                "Which tenant's time is asked for?",
                code="time.tenant",
                hint="Name it: POST /node/time?tenant=NAME.",
            )
        if tenant is not None:
            return clock.tell(nonce, _now_ms(), self.keyring.signer(tenant, "hub"))
        told = encode(HubTime(at_ms=_now_ms(), nonce=nonce))
        return signed.sign("time", told, *(self.keyring.signer(name, "hub") for name in names))


def _bind(begun: Work, request: Enrolment) -> Outcome:
    outcome = decide(store.known(begun.connection, request.node), request, begun.now)
    if not outcome.binds:
        return outcome
    keys = (request.sign_key, *request.former)
    other = store.key_elsewhere(begun.connection, request.node, keys)
    if other is not None:
        raise Conflict(
            f"This key is node {other}'s.",
            code="enrolment.key",
            hint="A card was copied before it joined: delete the identity on one of them and join anew.",
        )
    store.bind(begun.connection, request.node, request.sign_key, request.seal_key, begun.now)
    store.remember(begun.connection, request.node, request.former, begun.now)
    store.set_state(begun.connection, request.node, outcome.state, "joined", begun.now)
    begun.note(
        "node.join",
        f"node/{request.node}",
        after={"state": outcome.state, "sign_key": request.sign_key.hex()},
    )
    return outcome


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
