"""Whoever talks over HTTP to a whole node, and writes down what it promised, as `caller.py` does.

A request that is answered 202 is a promise. An answer is none by itself: it goes out where its record fails,
and that is counted. So a round of answers was kept when the node's count of failures, read before and after,
stayed the same. One question a session is under way at a time, for their order is to be told.
"""

import hashlib
import http.client
import json
import random
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.chaos.caller import PAUSE_S, Progress, Talk, put
from bench.chaos.process import Process

ANSWER_S = 30.0
SESSIONS = 8
FAILURES = re.compile(r"^prilavok_failures_total\{[^}]*\} (\S+)$", re.MULTILINE)
WAITING = re.compile(r"^prilavok_sync_outbox_(?:lead|feedback|chat|health)_records (\S+)$", re.MULTILINE)
GONE = re.compile(r"^prilavok_sync_outbox_\w+_lost_total (\S+)$", re.MULTILINE)
VERSION, LANGUAGE = "version", "language"


@dataclass(frozen=True)
class Said:
    """One thing said: the journal's id, what is asked of the node, and the journal's line."""

    id: str
    kind: str
    session: str
    line: str
    about: str = ""


@dataclass
class Visitor:
    """`run` talks until the progress is over. Its journals lie in `folder`."""

    node: Process
    name: str
    folder: Path
    progress: Progress
    dice: random.Random
    port: int
    codes: dict[str, int] = field(default_factory=dict)
    silent: int = 0
    _talks: list[Talk] = field(default_factory=list)
    _answers: dict[str, str] = field(default_factory=dict)
    _begun: int = 0

    def run(self) -> None:
        said, kept = (self.folder / f"{self.name}.{what}" for what in ("said", "kept"))
        with (
            said.open("ab", buffering=0) as asked,
            kept.open("ab", buffering=0) as promised,
            ThreadPoolExecutor(SESSIONS) as pool,
        ):
            while not self.progress.over:
                life, before = self.node.lives, self._metrics()
                if before is None or not self.ready():
                    time.sleep(PAUSE_S)
                    continue
                round_ = self._next()
                put(asked, (each.line for each in round_))
                outcomes = list(pool.map(self._say, round_))
                after = self._metrics()
                sure = after is not None and life == self.node.lives and _failures(before) == _failures(after)
                answered = [
                    each
                    for each, ok in zip(round_, outcomes, strict=True)
                    if ok and (sure or each.kind == "lead")
                ]
                put(promised, (each.line for each in answered))
                self.progress.add(len(answered), len(round_) - len(answered))
                if self.progress.slow:
                    time.sleep(PAUSE_S)

    def ready(self) -> bool:
        """Whether the node says that it answers."""
        try:
            return self._http("GET", "/health", None)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def waiting(self) -> dict[str, int] | None:
        """What the node still has for the hub; None while it does not say."""
        said = self._metrics()
        if said is None or not (found := WAITING.findall(said)):
            return None
        return {"waiting": _sum(found), "gone": _sum(GONE.findall(said))}

    def _next(self) -> list[Said]:
        """One thing a session."""
        self._talks = [talk for talk in self._talks if talk.said < talk.length]
        while len(self._talks) < SESSIONS:
            self._talks.append(Talk(f"{self.name}.s{self._begun}", self.dice.randint(2, 30)))
            self._begun += 1
        return [self._of(talk) for talk in self._talks]

    def _of(self, talk: Talk) -> Said:
        kind = self.dice.choices(("turn", "rating", "lead"), (90, 8, 2))[0]
        about = self._answers.pop(talk.name, "") if kind == "rating" else ""
        id, session = f"{talk.name}.m{talk.said}", talk.name
        if kind == "lead":
            id = session = hashlib.md5(id.encode(), usedforsecurity=False).hexdigest()
        elif not about:
            kind = "turn"
        line = f"{id}\t{session}\t{talk.said}\t{kind}\n"
        talk.said += 1
        return Said(id, kind, talk.name, line, about)

    def _say(self, said: Said) -> bool:
        """Whether the node answered that it did it."""
        if said.kind == "lead":
            return self._post("/api/lead", self._request(said.id)) is not None
        if said.kind == "rating":
            told = {"answer_id": said.about, "score": 1, "reason": f"[{said.id}]"}
            return self._post("/api/feedback", told) is not None
        session = hashlib.md5(said.session.encode(), usedforsecurity=False).hexdigest()
        message = {"role": "user", "content": f"a plumber, please [{said.id}]"}
        body = {"model": "prilavok", "messages": [message], "session": session}
        answer = self._post("/v1/chat/completions", body)
        if answer is None:
            return False
        self._answers[said.session] = str(answer["id"])
        return True

    def _request(self, id: str) -> Mapping[str, object]:
        """A request that nobody can open: the node cannot either, and looks at its form alone."""
        terms = self._call("GET", "/api/lead/terms") or {}
        sealed = {"key_id": terms.get("key_id"), "enc": "A" * 43 + "=", "sealed": "A" * 64}
        consent = {VERSION: terms.get(VERSION), LANGUAGE: terms.get(LANGUAGE)}
        return {"id": id, "provider": "", "consent": consent, "envelope": sealed}

    def _post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object] | None:
        return self._call("POST", path, json.dumps(body))

    def _metrics(self) -> str | None:
        try:
            status, said = self._http("GET", "/metrics", None)
        except (OSError, http.client.HTTPException):
            return None
        return said if status == 200 else None

    def _call(self, method: str, path: str, body: str | None = None) -> Mapping[str, object] | None:
        """The answer's JSON; None where the node is away or refuses, which is counted by code."""
        try:
            status, said = self._http(method, path, body)
        except (OSError, http.client.HTTPException):
            return None
        if status >= 300:
            with self.progress.lock:
                code = f"http.{status}"
                self.codes[code] = self.codes.get(code, 0) + 1
            return None
        found: Mapping[str, object] = json.loads(said)
        return found

    def _http(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()


def _failures(metrics: str) -> int:
    return _sum(FAILURES.findall(metrics))


def _sum(numbers: list[str]) -> int:
    return sum(int(float(number)) for number in numbers)
