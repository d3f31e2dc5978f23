"""A visitor at the demonstration's node: asks the demo market's questions, and rates some answers."""

import itertools
import json
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloud.demo import guide
from sync.errors import PrilavokError

FIRST, QUICK_S = 8, 1.5
RATED_EVERY = 3
ANSWER_S = 120


@dataclass(frozen=True)
class Visitor:
    """`every_s` after the first few questions. `tell` is told what went wrong."""

    node: str
    questions: Path
    every_s: float
    tell: Callable[[str], None]

    def run(self, stop: threading.Event) -> None:
        """Asks until told to stop, once the node is ready."""
        asked: dict[str, list[dict[str, str]]] = json.loads(self.questions.read_text(encoding="utf-8"))
        mixed = [one for each in itertools.zip_longest(*asked.values()) for one in each if one is not None]
        try:
            guide.wait(f"{self.node}/health", stop)
        except PrilavokError as error:
            self.tell(error.message)
        for number, question in enumerate(itertools.cycle(mixed)):
            if stop.wait(QUICK_S if number < FIRST else self.every_s):
                return
            try:
                self._ask(question["text"], rated=number % RATED_EVERY == 0)
            except (OSError, ValueError) as error:
                self.tell(f"The node did not answer: {error}")

    def _ask(self, text: str, *, rated: bool) -> None:
        said = {"model": "prilavok", "messages": [{"role": "user", "content": text}]}
        answer = self._post("/v1/chat/completions", said)
        if rated:
            self._post("/api/feedback", {"answer_id": answer["id"], "score": 1})

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        request = urllib.request.Request(
            self.node + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            found: dict[str, Any] = json.loads(answer.read() or b"{}")
        return found
