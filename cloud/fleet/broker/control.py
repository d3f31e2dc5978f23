"""Speaks with the dynamic security plugin over the hub's line: a batch of commands, and what became of each.

The plugin answers whoever is subscribed, in order, one answer a batch; so one batch is under way at a time,
and one process of a hub does this. Commands travel 200 at a time, far below a broker's message limit.
"""

import queue
import threading
from collections.abc import Sequence
from typing import Any

import msgspec

from cloud.fleet.broker.dynsec import ANSWERS, CONTROL, Command, There
from cloud.mqtt import Broker, Delivery, Line
from sync.errors import Corrupt, Unavailable

BATCH = 200
ANSWER_S = 10.0
CLIENT = "prilavok-fleet"


class _Answer(msgspec.Struct, frozen=True):
    command: str
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
            while not self._heard.empty():
                self._heard.get_nowait()
            self.line.publish(CONTROL, msgspec.json.encode({"commands": commands}))
            try:
                data = self._heard.get(timeout=ANSWER_S)
            except queue.Empty:
                raise Unavailable(
                    "The broker does not answer to its control topic.",
                    code="broker.control",
                    hint="Mosquitto needs the plugin dynamic_security, and the hub's account its admin role.",
                    retry_after_s=10,
                ) from None
        return _read(data, len(commands))

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


def _read(data: bytes, count: int) -> tuple[_Answer, ...]:
    try:
        answers = msgspec.json.decode(data, type=_Answers).responses
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _strange(str(error)) from error
    if len(answers) != count:
        raise _strange(f"{len(answers)} answers to {count} commands")
    return answers


def _strange(what: str) -> Corrupt:
    return Corrupt(
        f"The broker's control topic answers strangely: {what}.",
        code="broker.control_strange",
        hint="Does another hub control the same broker?",
    )
