"""A channel that POSTs JSON to the tenant's own server, signed by Standard Webhooks 1.0. httpx's seam.

Bounded: one connection to an address that was looked at, no redirects, no proxies, twenty seconds in all; of
the answer only status and headers are read.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import msgspec
from standardwebhooks.webhooks import EmptyWebhookSecretError
from standardwebhooks.webhooks import Webhook as Signer

from cloud.lead.delivery.outside import Network, Target, pinned, target
from cloud.lead.delivery.port import Message, Outcome
from sync.errors import PrilavokError, Refused

LIMIT_S = 20.0
CONNECT_S = 5.0
AGENT = "prilavok-hub"


@dataclass(frozen=True)
class Webhook:
    """`secret` is whsec_ and base64; `inside` are networks that are allowed though not public."""

    url: str
    secret: str = field(repr=False)
    inside: tuple[Network, ...] = ()
    limit_s: float = LIMIT_S
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    def deliver(self, message: Message) -> Outcome:
        """2xx is delivered, 410 is gone; everything else is tried again."""
        try:
            return asyncio.run(self._within(message))
        except PrilavokError as error:
            return Outcome("again", error.code, error.message)

    async def _within(self, message: Message) -> Outcome:
        try:
            async with asyncio.timeout(self.limit_s):
                return await self._post(message)
        except TimeoutError:
            return Outcome("again", "webhook.slow", f"it took longer than {self.limit_s:g} s")
        except httpx.ConnectError as error:
            return Outcome("again", "webhook.connect", _said(error))
        except httpx.TransportError as error:
            return Outcome("again", "webhook.broken", _said(error))

    async def _post(self, message: Message) -> Outcome:
        to = target(self.url)
        address = await asyncio.to_thread(pinned, to, self.inside)
        body = msgspec.json.encode({"type": message.type, "timestamp": message.at, "data": message.data})
        host = f"[{address}]" if address.version == 6 else str(address)
        url = f"{'https' if to.secure else 'http'}://{host}:{to.port}{to.path}"
        timeout = httpx.Timeout(self.limit_s, connect=CONNECT_S)
        client = httpx.AsyncClient(
            timeout=timeout, verify=self.trust or True, trust_env=False, follow_redirects=False
        )
        headers = {**self._signed(message, body), "Host": _host(to)}
        named = {"sni_hostname": to.host} if to.secure else {}
        async with (
            client,
            client.stream("POST", url, content=body, headers=headers, extensions=named) as reply,
        ):
            return _outcome(reply)

    def _signed(self, message: Message, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        try:
            signature = Signer(self.secret).sign(message.id, now, body.decode())
        except (ValueError, RuntimeError, EmptyWebhookSecretError) as error:
            raise Refused(
                "The channel's secret is none.", code="channel.secret", hint="Give it a new one."
            ) from error
        return {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }


def _outcome(reply: httpx.Response) -> Outcome:
    status = reply.status_code
    if reply.is_success:
        return Outcome("delivered", status=status)
    if status == 410:
        return Outcome("gone", "webhook.gone", "it answered 410: it wants no more", status)
    code = "webhook.redirect" if reply.has_redirect_location else "webhook.status"
    wait = reply.headers.get("retry-after", "")
    return Outcome("again", code, f"it answered {status}", status, float(wait) if wait.isdecimal() else None)


def _host(to: Target) -> str:
    name = f"[{to.host}]" if ":" in to.host else to.host
    return name if to.port == (443 if to.secure else 80) else f"{name}:{to.port}"


def _said(error: httpx.TransportError) -> str:
    return f"{type(error).__name__}: {error}"[:200]
