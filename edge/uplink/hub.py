"""The two things a node asks its hub over HTTP: to be let in, and what time it is.

Both answers are signed, so whatever stands in between can only be in the way. Everything else goes through
the broker.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import msgspec

from edge.uplink import tls
from edge.uplink.clock import Clocks
from edge.uplink.identity import Identity
from sync import clock, provisioning
from sync.clock import NONCE_BYTES, Anchor
from sync.errors import PrilavokError, Refused, Unavailable
from sync.key import NodeKeys, system_random
from sync.keyset import KeySet
from sync.provisioning import Admission

ANSWER_LIMIT_BYTES = 16 * 1024
TIMEOUT_S = 20.0
LATER = (408, 425, 429)
BINARY = {"Content-Type": "application/octet-stream"}


class _Problem(msgspec.Struct):
    """What is read of a problem document (RFC 9457)."""

    detail: str = ""
    code: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Hub:
    """`keys` are those believed now. Blocking."""

    identity: Identity
    keys: Callable[[], KeySet]
    clocks: Clocks

    def admission(self) -> Admission:
        """The hub's word on this node. Unavailable when it cannot be had; Refused when the hub says no."""
        document = self.identity.document
        mine = self.identity.keys
        context = tls.context(document.certificate, told_time(self.clocks))
        former = [NodeKeys.of(secret) for secret in self.identity.former]
        said = self._post("/node/enrol", provisioning.enrol(document, mine, former), context)
        try:
            answer = provisioning.admitted(said, document, self.keys(), mine)
        except PrilavokError as error:
            if error.code == "admission.foreign":
                raise
            raise _portal(document.hub, error) from error
        return answer

    def time(self) -> Anchor:
        """What the hub's signed time tells of this run."""
        nonce, asked_ms = system_random(NONCE_BYTES), self.clocks.mono_ms()
        said = self._post("/node/time", nonce, tls.undated(self.identity.document.certificate))
        try:
            return clock.told(said, nonce, self.keys().hub.signatories, asked_ms, self.clocks.mono_ms())
        except PrilavokError as error:
            raise _portal(self.identity.document.hub, error) from error

    def _post(self, path: str, body: bytes, context: ssl.SSLContext) -> bytes:
        url = self.identity.document.hub.rstrip("/") + path
        try:
            with (
                httpx.Client(verify=context, timeout=TIMEOUT_S, trust_env=False) as client,
                client.stream("POST", url, content=body, headers=BINARY) as reply,
            ):
                data = bytearray()
                for part in reply.iter_bytes():
                    data += part
                    if len(data) > ANSWER_LIMIT_BYTES:
                        break
                status = reply.status_code
        except httpx.HTTPError as error:
            raise tls.failure(error, self.identity.document.hub) from error
        if status != httpx.codes.OK or len(data) > ANSWER_LIMIT_BYTES:
            raise _refusal(status, bytes(data), self.identity.document.hub)
        return bytes(data)


def told_time(clocks: Clocks) -> Callable[[], int] | None:
    """The time to hold certificates against, where the hub told one that the wall clock does not show."""
    if clocks.anchor is None or clocks.synchronised():
        return None
    return lambda: clocks.now().wall_ms


def _refusal(status: int, body: bytes, hub: str) -> PrilavokError:
    try:
        said = msgspec.json.decode(body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = _Problem()
    if 400 <= status < 500 and said.code and status not in LATER:
        reason = said.detail or f"The hub refuses this node ({status})."
        return Refused(reason, code=said.code, hint=said.hint)
    if not said.code and status < 500:
        return _portal(hub, None)
    return Unavailable(
        f"{hub} answers {status}: {said.detail or 'no reason given'}.",
        code=said.code or "hub.failing",
        hint="It is tried again.",
    )


def _portal(hub: str, error: PrilavokError | None) -> Unavailable:
    why = f" ({error.message})" if error else ""
    return Unavailable(
        f"What answers at {hub} is not this node's hub{why}.",
        code="hub.portal",
        hint="A captive portal, perhaps: open a web page from this network and accept its terms.",
    )
