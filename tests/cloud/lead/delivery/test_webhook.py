"""A webhook against a receiver that takes, fails, hangs, redirects or answers anything: never fooled."""

import json
import ssl
import time
from datetime import UTC, datetime

import pytest
import trustme
from standardwebhooks.webhooks import Webhook as Verifier

from cloud.lead.delivery.outside import networks
from cloud.lead.delivery.port import Message
from cloud.lead.delivery.webhook import Webhook
from tests.simulators.receiver import (
    Answer,
    Receiver,
    closes,
    drips,
    floods,
    garbage,
    hangs,
    says,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HERE = networks(["127.0.0.0/8"])
MESSAGE = Message(
    "msg_1", "lead.created", datetime(2026, 11, 27, tzinfo=UTC), {"contact": {"phone": "Ы +371"}}
)


def hook(receiver: Receiver, **change: object) -> Webhook:
    return Webhook(**{"url": receiver.url, "secret": SECRET, "inside": HERE, "limit_s": 2.0, **change})  # type: ignore[arg-type]


def test_the_receiver_gets_the_message_signed_as_standard_webhooks_say() -> None:
    with Receiver() as receiver:
        outcome = hook(receiver).deliver(MESSAGE)
    assert (outcome.kind, outcome.status) == ("delivered", 204)
    [got] = receiver.got
    assert got.line == "POST /hook?from=hub HTTP/1.1"
    body = Verifier(SECRET).verify(got.body, got.headers)
    assert body == {"type": "lead.created", "timestamp": "2026-11-27T00:00:00Z", "data": MESSAGE.data}
    assert got.headers["webhook-id"] == "msg_1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (says(500), "again", "webhook.status"),
        (says(400), "again", "webhook.status"),
        (says(410), "gone", "webhook.gone"),
        (says(302, "Location: http://127.0.0.1:1/"), "again", "webhook.redirect"),
        (says(307, "Location: https://example.com/"), "again", "webhook.redirect"),
        (hangs, "again", "webhook.slow"),
        (drips, "again", "webhook.slow"),
        (garbage, "again", "webhook.broken"),
        (closes, "again", "webhook.broken"),
    ],
)
def test_what_goes_wrong_is_told_by_its_code(answer: Answer, kind: str, code: str) -> None:
    with Receiver([answer]) as receiver:
        started = time.monotonic()
        outcome = hook(receiver, limit_s=1.0).deliver(MESSAGE)
        took_s = time.monotonic() - started
    assert (outcome.kind, outcome.code) == (kind, code)
    assert took_s < 20
    assert len(receiver.got) <= 1
    assert "+371" not in repr(outcome)


def test_an_answer_without_end_is_not_read() -> None:
    with Receiver([floods]) as receiver:
        assert hook(receiver).deliver(MESSAGE).kind == "delivered"


def test_a_receiver_may_ask_for_a_pause() -> None:
    with Receiver([says(429, "Retry-After: 120")]) as receiver:
        assert hook(receiver).deliver(MESSAGE).wait_s == 120


def test_nobody_there_is_tried_again() -> None:
    with Receiver() as receiver:
        gone = hook(receiver)
    assert gone.deliver(MESSAGE).code == "webhook.connect"


def test_the_inside_is_not_even_connected_to() -> None:
    with Receiver() as receiver:
        outcome = hook(receiver, inside=()).deliver(MESSAGE)
    assert (outcome.kind, outcome.code) == ("again", "address.inside")
    assert receiver.got == []


def test_tls_is_checked_against_the_name_though_the_address_is_pinned() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    with Receiver(tls=server) as receiver:
        good = f"https://localhost:{receiver.port}/"
        assert hook(receiver, url=good, trust=trust).deliver(MESSAGE).kind == "delivered"
        other = f"https://127.0.0.1:{receiver.port}/"
        assert hook(receiver, url=other, trust=trust).deliver(MESSAGE).code == "webhook.connect"
        assert hook(receiver, url=good).deliver(MESSAGE).code == "webhook.connect"
    assert len(receiver.got) == 1
    assert receiver.got[0].headers["host"] == f"localhost:{receiver.port}"


def test_a_secret_that_is_none_is_told() -> None:
    with Receiver() as receiver:
        assert hook(receiver, secret="whsec_").deliver(MESSAGE).code == "channel.secret"


def test_contact_and_secret_are_in_no_repr() -> None:
    with Receiver() as receiver:
        shown = repr(hook(receiver)) + repr(MESSAGE)
    assert SECRET not in shown
    assert "+371" not in shown
    assert json.dumps(MESSAGE.data)
