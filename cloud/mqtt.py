"""The hub's line to the broker: MQTT 5 over paho, one client a `Line`, reconnected for ever.

A message that came is acknowledged to the broker only when whoever took it says so, and the broker sends no
more than `receive_limit` before that: memory is bounded, and a slow reader slows the broker. What a message
means is in `sync` and in the features.
"""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from cloud.settings import Settings
from sync.errors import Refused, Unavailable

log = structlog.get_logger()
QOS = 1
KEEPALIVE_S = 30
RECONNECT_S = (1, 30)
PUBLISH_S = 10.0


@dataclass(frozen=True)
class Broker:
    """Where the broker is, and who one is there. `mqtt://` is plain, `mqtts://` over TLS."""

    url: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Broker":
        """The hub's own account."""
        secret = settings.broker_password
        password = secret.get_secret_value() if secret else None
        return cls(settings.broker_url, settings.broker_username, password, settings.broker_ca)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; the usual port where none is said."""
        parts = urlsplit(self.url)
        if not parts.hostname:
            raise Refused(f"{self.url} names no broker.", code="broker.url", hint="Write mqtt://host:1883.")
        return parts.hostname, parts.port or (8883 if self.secure else 1883)

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.url.startswith("mqtts://")


@dataclass(frozen=True)
class Delivery:
    """A message that came. `done` tells the broker that it need not keep it: once, from any thread."""

    topic: str
    payload: bytes
    retained: bool
    done: Callable[[], None] = field(repr=False, compare=False)


Taker = Callable[[Delivery], None]


class Line:
    """One connection. `take` is called in the line's own thread for each message, and returns at once.

    A subscription that the broker refuses is asked for again after `again_s`, until it is granted.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        subscribe: tuple[str, ...] = (),
        take: Taker | None = None,
        receive_limit: int = 64,
        again_s: float = 10.0,
    ) -> None:
        self._again_s = again_s
        self._again: threading.Timer | None = None
        self._filters = subscribe
        self._take = take
        self._connected = threading.Event()
        self._subscribed = threading.Event()
        self._refusal = ""
        self._connections = 0
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5, manual_ack=True
        )
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.secure:
            self._client.tls_set_context(ssl.create_default_context(cafile=broker.ca))
        self._client.reconnect_delay_set(*RECONNECT_S)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        told = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        told.ReceiveMaximum = receive_limit
        host, port = broker.address
        self._client.connect_async(host, port, KEEPALIVE_S, clean_start=True, properties=told)
        self._client.loop_start()

    @property
    def connected(self) -> bool:
        """Whether the broker has let this client in and hears it."""
        return self._connected.is_set()

    @property
    def refused(self) -> str:
        """Why the broker last turned this client or its subscription away; empty: it did not."""
        return self._refusal

    @property
    def connections(self) -> int:
        """How often the broker has let this client in: it grows with each time the line comes back."""
        return self._connections

    def wait(self, timeout_s: float = PUBLISH_S) -> None:
        """Until connected and subscribed. Unavailable after that long; the line goes on trying."""
        ready = self._subscribed if self._filters else self._connected
        if not ready.wait(timeout_s):
            raise self._unavailable("does not let the hub in" if self._refusal else "does not answer")

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        expiry_s: int | None = None,
        timeout_s: float = PUBLISH_S,
    ) -> None:
        """Sends at QoS 1 and waits for the broker's PUBACK. Unavailable without one in time.

        The broker's word is no receipt of a node's. An empty retained payload clears the topic.
        """
        sent = self._publish(topic, payload, retain, expiry_s)
        try:
            sent.wait_for_publish(timeout_s)
        except (RuntimeError, ValueError) as error:
            raise self._unavailable("is not reached") from error
        if not sent.is_published():
            raise self._unavailable("does not confirm")

    def send(self, topic: str, payload: bytes) -> None:
        """Hands a message to the line and does not wait; it is lost with the connection."""
        self._publish(topic, payload, False, None)

    def _publish(
        self, topic: str, payload: bytes, retain: bool, expiry_s: int | None
    ) -> paho.MQTTMessageInfo:
        if not self.connected:
            raise self._unavailable("is not connected")
        told = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            told.MessageExpiryInterval = expiry_s
        return self._client.publish(topic, payload, QOS, retain, told)

    def close(self) -> None:
        """Says goodbye and ends the thread."""
        if self._again is not None:
            self._again.cancel()
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _on_connect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
            log.warning("broker refuses", reason=self._refusal)
            return
        self._refusal = ""
        self._connections += 1
        self._connected.set()
        self._subscribe()

    def _subscribe(self) -> None:
        if self._filters and self.connected:
            self._client.subscribe([(each, SubscribeOptions(qos=QOS)) for each in self._filters])

    def _on_connect_fail(self, client: paho.Client, userdata: object) -> None:
        log.warning("broker not reached")

    def _on_disconnect(
        self,
        client: paho.Client,
        userdata: object,
        flags: paho.DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._connected.clear()
        self._subscribed.clear()

    def _on_subscribe(
        self,
        client: paho.Client,
        userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self._refusal = refused[0]
            log.warning("subscription refused", reason=self._refusal, again_in_s=self._again_s)
            self._again = threading.Timer(self._again_s, self._subscribe)
            self._again.daemon = True
            self._again.start()
            return
        self._subscribed.set()

    def _on_message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:
        life = self._connections

        def done() -> None:
            if life == self._connections:  # after a reconnect the number may be another message's
                client.ack(message.mid, message.qos)

        if self._take is None:
            done()
        else:
            self._take(Delivery(message.topic, bytes(message.payload), message.retain, done))

    def _unavailable(self, what: str) -> Unavailable:
        return Unavailable(
            f"The broker {what}{f' ({self._refusal})' if self._refusal else ''}.",
            code="broker.unavailable",
            hint="Is it running at broker_url, and is the hub's account right?",
            retry_after_s=RECONNECT_S[0],
        )
