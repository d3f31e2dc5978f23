"""Which cards a conversation has shown, remembered by what was said, so that any client can go on.

A client sends the messages back; if they are the ones answered before, the cards shown and the provider
spoken of are known exactly. If not (another node's answer, an edited history, a restart), names in the text
have to do.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from edge.answer.turn import Message

_MOST = 4_096


@dataclass(frozen=True, slots=True)
class Shown:
    """Provider ids of the cards, in order, and the one spoken of."""

    cards: tuple[str, ...]
    focus: str | None = None


class Memory:
    """The last few thousand answers, by the conversation they ended. In memory only; thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._shown: OrderedDict[bytes, Shown] = OrderedDict()
        self._lock = Lock()

    def keep(self, conversation: Sequence[Message], answer: str, shown: Shown) -> None:
        """Remember what was shown with `answer` to `conversation`."""
        key = _key([*conversation, Message("assistant", answer)])
        with self._lock:
            self._shown[key] = shown
            self._shown.move_to_end(key)
            while len(self._shown) > self._most:
                self._shown.popitem(last=False)

    def forget(self, conversation: Sequence[Message]) -> int:
        """Forget what was shown at any point of `conversation`; gives how many points were remembered."""
        ends = [at for at, message in enumerate(conversation, 1) if message.role == "assistant"]
        with self._lock:
            return sum(self._shown.pop(_key(conversation[:end]), None) is not None for end in ends)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._shown.clear()

    def recall(self, conversation: Sequence[Message]) -> Shown | None:
        """What was shown at the end of `conversation`, if this node gave its last answer."""
        with self._lock:
            return self._shown.get(_key(conversation))


def _key(conversation: Sequence[Message]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for message in conversation:
        if message.role in ("user", "assistant"):
            digest.update(message.role.encode() + b"\0" + message.content.strip().encode() + b"\0")
    return digest.digest()
