"""MQTT 5 by paho: one connection over one session of the broker, driven by the caller's thread.

Nothing of paho's own queues or reconnects is used: whoever sends knows what was not acknowledged end to end
and sends it again over the next connection. The broker is told how much may be under way at once, so memory
is bounded whatever it holds.
"""

import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.uplink import tls
from edge.uplink.line import RECEIVE_MOST, Message, Unsent, Will
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import PrilavokError, Refused, Unavailable
from sync.provisioning import Account

CONNECT_S = 15.0
WELCOME_S = 20.0
GOODBYE_S = 2.0
KEEPALIVE_S = 60
SESSION_S = 30 * 24 * 60 * 60
WILL_DELAY_S = 15
PACKET_LIMIT_BYTES = MESSAGE_LIMIT_BYTES + 8 * 1024
PORTS = {"mqtt": 1883, "mqtts": 8883}
NOT_LET_IN = (134, 135, 138)
"""Bad user name or password, not authorised, banned (MQTT 5, 3.2.2.2)."""


@dataclass(frozen=True)
class Door:
    """Where the broker is and who calls. `context` is for `mqtts`."""

    url: str
    client: str
    account: Account
    will: Will
    context: ssl.SSLContext | None = None
    keepalive_s: int = KEEPALIVE_S
    welcome_s: float = WELCOME_S


def dial(door: Door, ending: Callable[[], bool] = lambda: False) -> "MqttLine":
    """A connection that the broker has welcomed.

    Unavailable with `broker.silent` when it says nothing, `tls.clock` when only this box's clock is wrong;
    Refused with `broker.refused` when it does not know the account.
    """
    line = MqttLine(door)
    try:
        line.open()
        begun = time.monotonic()
        while not line.welcome:
            line.wait(0.1)
            if ending():
                raise Unavailable("The node is stopping.", code="node.stopping")
            if time.monotonic() - begun > door.welcome_s:
                raise Unavailable(
                    f"The broker at {door.url} accepts the connection and then says nothing.",
                    code="broker.silent",
                    hint="It is stuck, or something else listens there; it is tried again.",
                )
    except PrilavokError:
        line.drop()
        raise
    return line


@dataclass
class MqttLine:
    """The `Line` of `line.py`. `resumed`: the broker still had this node's session."""

    door: Door
    welcome: bool = False
    resumed: bool = False
    _came: list[Message] = field(default_factory=list)
    _sent: dict[int, float] = field(default_factory=dict)
    _wrong: PrilavokError | None = None
    _client: paho.Client = field(init=False)

    def __post_init__(self) -> None:
        url = urlsplit(self.door.url)
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.door.client,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.suppress_exceptions = False
        client.connect_timeout = CONNECT_S
        client.username_pw_set(self.door.account.username, self.door.account.password)
        if url.scheme == "mqtts":
            client.tls_set_context(self.door.context)
        client.will_set(
            self.door.will.topic,
            self.door.will.payload,
            qos=1,
            retain=True,
            properties=_properties(PacketTypes.WILLMESSAGE, WillDelayInterval=WILL_DELAY_S),
        )
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        self._client = client

    def open(self) -> None:
        """Connects and sends the greeting; the welcome comes later."""
        url = urlsplit(self.door.url)
        try:
            self._client.connect(
                url.hostname or "",
                url.port or PORTS.get(url.scheme, 1883),
                keepalive=self.door.keepalive_s,
                clean_start=False,
                properties=_properties(
                    PacketTypes.CONNECT,
                    SessionExpiryInterval=SESSION_S,
                    ReceiveMaximum=RECEIVE_MOST,
                    MaximumPacketSize=PACKET_LIMIT_BYTES,
                ),
            )
        except (OSError, ValueError) as error:
            raise tls.failure(error, self.door.url) from error

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._check()
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS and info.rc != MQTTErrorCode.MQTT_ERR_AGAIN:
            raise self._gone(paho.error_string(info.rc))
        self._sent[info.mid] = time.monotonic()

    def subscribe(self, topics: Iterable[str]) -> None:
        self._check()
        wanted = [(topic, SubscribeOptions(qos=1)) for topic in topics]
        if wanted:
            self._client.subscribe(wanted)

    def unsubscribe(self, topics: Iterable[str]) -> None:
        self._check()
        if given := list(topics):
            self._client.unsubscribe(given)

    def wait(self, timeout_s: float) -> list[Message]:
        self._check()
        if not self._came:
            rc = self._client.loop(timeout_s)
            self._check()
            if rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
                raise self._gone(paho.error_string(rc))
        came, self._came = self._came, []
        return came

    def taken(self, message: Message) -> None:
        self._check()
        self._client.ack(message.mark, 1)

    def unsent(self) -> Unsent:
        oldest = min(self._sent.values(), default=time.monotonic())
        return Unsent(len(self._sent), time.monotonic() - oldest)

    def close(self) -> None:
        if self._wrong is None and self.welcome:
            deadline = time.monotonic() + GOODBYE_S
            with suppress(PrilavokError):
                while self._sent and time.monotonic() < deadline:
                    self.wait(0.1)
            with suppress(OSError, ValueError):
                self._client.disconnect()
                while self._client.socket() is not None and time.monotonic() < deadline:
                    self._client.loop(0.05)
        self.drop()

    def drop(self) -> None:
        """Cuts the connection without a word."""
        sock: Any = self._client.socket()
        if sock is not None:
            with suppress(OSError):
                sock.close()
        self._wrong = self._wrong or self._gone("it was closed here")
        with suppress(OSError, ValueError):
            self._client.loop(0)  # lets paho notice, so that it keeps nothing open

    def _check(self) -> None:
        if self._wrong is not None:
            raise self._wrong

    def _gone(self, why: str) -> PrilavokError:
        if self._wrong is None:
            self._wrong = Unavailable(
                f"The connection to the broker at {self.door.url} is gone: {why.rstrip('.')}.",
                code="broker.gone",
                hint="Nothing is lost; it is tried again.",
            )
        return self._wrong

    def _on_connect(
        self, client: paho.Client, data: Any, flags: Any, code: ReasonCode, properties: Any
    ) -> None:
        if not code.is_failure:
            self.welcome, self.resumed = True, bool(flags.session_present)
        elif code.value in NOT_LET_IN:
            self._wrong = Refused(
                f"The broker at {self.door.url} does not let this node in: {code}.",
                code="broker.refused",
                hint="The hub is asked whether this node still belongs to it.",
            )
        else:
            self._gone(f"it turned the node away ({code})")

    def _on_disconnect(
        self, client: paho.Client, data: Any, flags: Any, code: ReasonCode, properties: Any
    ) -> None:
        self._gone(str(code))

    def _on_message(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        self._came.append(Message(message.topic, bytes(message.payload), message.mid))

    def _on_publish(
        self, client: paho.Client, data: Any, mid: int, code: ReasonCode, properties: Any
    ) -> None:
        self._sent.pop(mid, None)
        if code.value in NOT_LET_IN:
            self._wrong = Refused(
                f"The broker at {self.door.url} takes nothing from this node: {code}.",
                code="broker.refused",
                hint="The hub is asked whether this node still belongs to it.",
            )

    def _on_subscribe(
        self, client: paho.Client, data: Any, mid: int, codes: list[ReasonCode], properties: Any
    ) -> None:
        if refused := next((code for code in codes if code.is_failure), None):
            self._gone(f"the node may not read a topic of its own ({refused})")


def _properties(packet: int, **values: int) -> Properties:
    made = Properties(packet)  # type: ignore[no-untyped-call]  # paho has no types there
    for name, value in values.items():
        setattr(made, name, value)
    return made
