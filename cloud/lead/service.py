"""Requests and channels for operators: see how far each is, have it tried again, say where they go."""

import base64
import secrets

import msgspec

from cloud.account.revision import check_revision
from cloud.account.work import Work
from cloud.lead import store
from cloud.lead.delivery.outside import networks, target
from cloud.lead.wire import ChannelEdit, ChannelLine, LeadLine, NewChannel, Retried, Retry
from sync.errors import Conflict, Missing, Refused

SECRET_BYTES = 32


def lead(work: Work, id: str) -> LeadLine:
    """A request. Missing where there is none."""
    found = store.lead(work.connection, id)
    if found is None:
        raise Missing(
            f"There is no request {id}.", code="lead.unknown", hint="`prilavok lead list` has them."
        )
    return found


def retry(work: Work, id: str | None, wanted: Retry) -> Retried:
    """One request, or every one that was given up, is tried again from the start."""
    if id is not None:
        lead(work, id)
    states = ("dead", "due", "delivered") if wanted.delivered and id is not None else ("dead", "due")
    count = store.retry(work.connection, id, states if id is not None else ("dead",))
    work.note("lead.retry", f"lead/{id or '*'}", after={"deliveries": count})
    return Retried(deliveries=count)


def channel(work: Work, name: str, *, lock: bool = False) -> ChannelLine:
    """A channel. Missing where there is none."""
    found = store.channel(work.connection, name, lock=lock)
    if found is None:
        raise Missing(
            f"There is no channel {name}.", code="channel.unknown", hint="`prilavok lead channels` has them."
        )
    return found


def add_channel(work: Work, wanted: NewChannel, *, by_hub: bool) -> tuple[str, ChannelLine]:
    """A new channel, its secret told this once. Conflict where the name is taken.

    `by_hub`: an admin of the hub asks, who may let it into networks of the hub's own.
    """
    _check(wanted.url, wanted.networks, (), by_hub)
    secret = _born()
    line = ChannelLine(
        channel=wanted.channel,
        kind=wanted.kind,
        market=wanted.market,
        url=wanted.url,
        enabled=True,
        networks=wanted.networks,
        trouble="",
        revision=1,
        created_at=work.now,
    )
    _check_market(work, wanted.market)
    if not store.add_channel(work.connection, line, secret):
        raise Conflict(
            f"There is a channel {wanted.channel} already.", code="channel.taken", hint="Choose another name."
        )
    work.note("channel.add", f"channel/{wanted.channel}", after=_plain(line))
    return wanted.channel, msgspec.structs.replace(line, secret=secret)


def edit_channel(
    work: Work, name: str, edit: ChannelEdit, revision: int | None, *, by_hub: bool
) -> ChannelLine:
    """Another address, on or off, another secret; turning it on forgets its trouble."""
    before = channel(work, name, lock=True)
    check_revision(before.revision, revision)
    after = msgspec.structs.replace(
        before,
        url=before.url if edit.url is None else edit.url,
        enabled=before.enabled if edit.enabled is None else edit.enabled,
        networks=before.networks if edit.networks is None else edit.networks,
        trouble="" if edit.enabled else before.trouble,
    )
    if (after.url, after.networks) != (before.url, before.networks):
        _check(after.url, after.networks, before.networks, by_hub)
    secret = _born() if edit.new_secret else None
    store.edit_channel(work.connection, after, secret)
    work.note("channel.edit", f"channel/{name}", _plain(before), _plain(after))
    return msgspec.structs.replace(channel(work, name), secret=secret)


def delete_channel(work: Work, name: str) -> None:
    """Requests that only it would have taken wait for another."""
    before = channel(work, name, lock=True)
    store.delete_channel(work.connection, name)
    work.note("channel.delete", f"channel/{name}", before=_plain(before))


def _check(url: str, wanted: tuple[str, ...], had: tuple[str, ...], by_hub: bool) -> None:
    """Refused for what is no URL or network, and for new networks that the hub's own admins did not allow."""
    target(url)
    networks(wanted)
    if set(wanted) - set(had) and not by_hub:
        raise Refused(
            "Which networks of its own a hub lets webhooks into is for the hub's admins to say.",
            code="channel.networks",
            hint="Ask an admin of the hub.",
        )


def _check_market(work: Work, market: str | None) -> None:
    there = work.connection.execute("SELECT FROM market WHERE market = %s", (market,)).fetchone()
    if market is not None and there is None:
        raise Missing(
            f"There is no market {market}.", code="market.unknown", hint="`prilavok market list` has them."
        )


def _born() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _plain(line: ChannelLine) -> dict[str, object]:
    """For the audit log; a URL's query may hold a token of the receiver's."""
    found: dict[str, object] = msgspec.to_builtins(line)
    return {**found, "url": line.url.partition("?")[0]}
