"""The line to a real broker: receipts, shared subscriptions, back-pressure, and coming back."""

import queue
import threading
import time

import pytest

from cloud.mqtt import Broker, Delivery, Line
from sync.errors import Unavailable
from tests.simulators.broker import Mosquitto

WAIT_S = 10


def listening(
    broker: Mosquitto, *filters: str, name: str = "ear", limit: int = 64
) -> tuple[Line, "queue.Queue[Delivery]"]:
    heard: queue.Queue[Delivery] = queue.Queue()
    line = Line(Broker(broker.url), name, subscribe=filters, take=heard.put, receive_limit=limit)
    line.wait(WAIT_S)
    return line, heard


def test_what_is_published_arrives_with_topic_and_retain(mosquitto: Mosquitto) -> None:
    with Line(Broker(mosquitto.url), "mouth") as mouth:
        mouth.wait(WAIT_S)
        mouth.publish("p/kept", b"head", retain=True)
        ear, heard = listening(mosquitto, "p/#")
        with ear:
            kept = heard.get(timeout=WAIT_S)
            assert (kept.topic, kept.payload, kept.retained) == ("p/kept", b"head", True)
            mouth.publish("p/new", b"fresh")
            assert heard.get(timeout=WAIT_S).payload == b"fresh"


def test_no_more_comes_than_the_limit_until_some_is_done(mosquitto: Mosquitto) -> None:
    ear, heard = listening(mosquitto, "p/up", limit=3)
    with ear, Line(Broker(mosquitto.url), "mouth") as mouth:
        mouth.wait(WAIT_S)
        for number in range(10):
            mouth.publish("p/up", bytes([number]))
        first = [heard.get(timeout=WAIT_S) for _ in range(3)]
        with pytest.raises(queue.Empty):
            heard.get(timeout=0.3)
        for delivery in first:
            delivery.done()
        rest = []
        for _ in range(7):
            rest.append(heard.get(timeout=WAIT_S))
            rest[-1].done()
        assert [each.payload[0] for each in (*first, *rest)] == list(range(10))


def test_a_shared_subscription_gives_each_message_to_one(mosquitto: Mosquitto) -> None:
    one, first = listening(mosquitto, "$share/ingest/p/up", name="one")
    two, second = listening(mosquitto, "$share/ingest/p/up", name="two")
    with one, two, Line(Broker(mosquitto.url), "mouth") as mouth:
        mouth.wait(WAIT_S)
        for number in range(20):
            mouth.publish("p/up", bytes([number]))
        seen: list[int] = []
        deadline = time.monotonic() + WAIT_S
        while len(seen) < 20 and time.monotonic() < deadline:
            for heard in (first, second):
                while not heard.empty():
                    delivery = heard.get()
                    delivery.done()
                    seen.append(delivery.payload[0])
        assert sorted(seen) == list(range(20))
        with pytest.raises(queue.Empty):
            first.get(timeout=0.2)


def test_a_line_comes_back_and_subscribes_again(mosquitto: Mosquitto) -> None:
    ear, heard = listening(mosquitto, "p/up")
    with ear:
        mosquitto.kill()
        gone = threading.Event()
        deadline = time.monotonic() + WAIT_S
        while ear.connected and time.monotonic() < deadline:
            gone.wait(0.05)
        assert not ear.connected
        mosquitto.start()
        ear.wait(WAIT_S)
        with Line(Broker(mosquitto.url), "mouth") as mouth:
            mouth.wait(WAIT_S)
            mouth.publish("p/up", b"again")
        assert heard.get(timeout=WAIT_S).payload == b"again"


def test_without_a_broker_it_says_so() -> None:
    with Line(Broker("mqtt://127.0.0.1:1"), "mouth") as mouth:
        with pytest.raises(Unavailable):
            mouth.publish("p/up", b"lost")
        with pytest.raises(Unavailable) as raised:
            mouth.wait(0.2)
        assert raised.value.code == "broker.unavailable"
