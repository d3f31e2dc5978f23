"""Speaks with the dynamic security plugin over the hub's line: a batch of commands, and what became of each.

The plugin answers on one topic, whoever asked, in order, one answer a batch: each batch has a mark that its
answer repeats, and one is under way at a time. Commands travel 200 at a time, far below a broker's limit.
"""

import queue
import threading
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from cloud.fleet.broker.dynsec import ANSWERS, CONTROL, Command, There
from cloud.mqtt import Broker, Delivery, Line
from sync.errors import Corrupt, Unavailable
from sync.identity import new_id
from sync.key import system_random

BATCH = 200
ANSWER_S = 10.0
CLIENT = "prilavok-fleet"


class _Answer(msgspec.Struct, frozen=True):
    command: str
    correlationData: str | None = None  # noqa: N815 (the plugin's name)
    error: str | None = None
    data: dict[str, Any] | None = None


class _Answers(msgspec.Struct, frozen=True):
    responses: tuple[_Answer, ...]


class Control:
    """The broker's accounts, over a line of its own. Close it, or use it as a context."""

    def __init__(self, broker: Broker, client_id: str = CLIENT) -> None:
        self._heard: queue.Queue[bytes] = queue.Queue(maxsize=100)
        self._turn = threading.Lock()
        self.line = Line(broker, client_id, subscribe=(ANSWERS,), take=self._take)

    def run(self, commands: Sequence[Command]) -> list[str]:
        """Carries them out in order; the errors of those that failed. Unavailable where nobody answers."""
        errors = []
        for start in range(0, len(commands), BATCH):
            answers = self._ask(commands[start : start + BATCH])
            errors += [f"{answer.command}: {answer.error}" for answer in answers if answer.error]
        return errors

    def there(self) -> There:
        """Every client and role that the broker has."""
        clients = self._listed("listClients", "clients")
        roles = self._listed("listRoles", "roles")
        return There(
            {each["username"]: frozenset(r["rolename"] for r in each.get("roles", ())) for each in clients},
            {
                each["rolename"]: frozenset(
                    (acl["acltype"], acl["topic"]) for acl in each.get("acls", ()) if acl.get("allow")
                )
                for each in roles
            },
        )

    def _listed(self, command: str, key: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            asked = {"command": command, "verbose": True, "count": BATCH, "offset": len(found)}
            [answer] = self._ask([asked])
            if answer.error or answer.data is None:
                raise _strange(f"{command}: {answer.error or 'no data'}")
            page = list(answer.data.get(key, ()))
            found += page
            if not page or len(found) >= int(answer.data.get("totalCount", 0)):
                return found

    def _ask(self, commands: Sequence[Command]) -> tuple[_Answer, ...]:
        with self._turn:
            self.line.wait(ANSWER_S)
            mark = new_id(system_random)
            marked = [{**command, "correlationData": mark} for command in commands]
            self.line.publish(CONTROL, msgspec.json.encode({"commands": marked}))
            deadline = time.monotonic() + ANSWER_S
            while True:
                answers = _read(self._next(deadline))
                if all(answer.correlationData == mark for answer in answers):
                    break  # others who ask are answered on the same topic
        if len(answers) != len(commands):
            raise _strange(f"{len(answers)} answers to {len(commands)} commands")
        return answers

    def _next(self, deadline: float) -> bytes:
        try:
            return self._heard.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise Unavailable(
                "The broker does not answer to its control topic.",
                code="broker.control",
                hint="Mosquitto needs the plugin dynamic_security, and the hub's account its admin role.",
                retry_after_s=10,
            ) from None

    def _take(self, delivery: Delivery) -> None:
        delivery.done()
        if not self._heard.full():
            self._heard.put_nowait(delivery.payload)

    def close(self) -> None:
        """Ends the line."""
        self.line.close()

    def __enter__(self) -> "Control":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _read(data: bytes) -> tuple[_Answer, ...]:
    try:
        return msgspec.json.decode(data, type=_Answers).responses
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _strange(str(error)) from error


def _strange(what: str) -> Corrupt:
    return Corrupt(
        f"The broker's control topic answers strangely: {what}.",
        code="broker.control_strange",
        hint="Does another hub control the same broker?",
    )
