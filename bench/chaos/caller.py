"""Whoever talks to one node, and writes down, synced, exactly what the node's service acknowledged.

    said    what was asked of the node, before it is asked: no more than this may arrive
    kept    what the node said is on its disk: all of this has to arrive, once, in the order of its session

Nothing is asked twice: what a killed node did not answer may have been kept or not.
"""

import os
import random
import select
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from bench.chaos.process import Process

AT_ONCE, FEW = 32, 3
PAUSE_S = 0.1
ANSWER_S = 30.0
ASK_S = 20.0
SESSIONS = 6


@dataclass
class Progress:
    """How many records were acknowledged by all nodes, and whether callers are to go slowly."""

    wanted: int
    kept: int = 0
    refused: int = 0
    slow: bool = False
    over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kept: int, refused: int) -> None:
        with self.lock:
            self.kept += kept
            self.refused += refused


@dataclass
class Talk:
    """One conversation: its name, how many records it will have, how many were said."""

    name: str
    length: int
    said: int = 0


@dataclass
class Caller:
    """`run` talks until the progress is over. Its journals lie in `folder`."""

    node: Process
    name: str
    folder: Path
    progress: Progress
    dice: random.Random
    codes: dict[str, int] = field(default_factory=dict)
    silent: int = 0
    """How often a node that lived did not answer."""
    _talks: list[Talk] = field(default_factory=list)
    _begun: int = 0
    _rest: bytes = b""
    _life: int = 0

    def run(self) -> None:
        said, kept = (self.folder / f"{self.name}.{what}" for what in ("said", "kept"))
        with said.open("ab", buffering=0) as asked, kept.open("ab", buffering=0) as answered:
            while not self.progress.over:
                lines = self._next(FEW if self.progress.slow else AT_ONCE)
                put(asked, (line for _, line in lines.values()))
                self._round(lines, answered)
                if self.progress.slow:
                    time.sleep(PAUSE_S)

    def _next(self, most: int) -> dict[str, tuple[dict[str, str], str]]:
        """The next records: by id, what the node is told, and the journal's line."""
        found = {}
        for _ in range(most):
            talk = self._talk()
            kind = self.dice.choices(("turn", "rating", "lead"), (90, 8, 2))[0]
            id = f"{talk.name}.{talk.said}"
            told = {"say": id, "kind": kind, "session": talk.name}
            if kind == "lead":  # asked in a thread of its own, so in no order with others
                id = told["say"] = told["session"] = f"{talk.name}.{talk.said}.lead"
            found[id] = (told, f"{id}\t{told['session']}\t{talk.said}\t{kind}\n")
            talk.said += 1
        return found

    def _talk(self) -> Talk:
        self._talks = [talk for talk in self._talks if talk.said < talk.length]
        while len(self._talks) < SESSIONS:
            self._talks.append(Talk(f"{self.name}.s{self._begun}", self.dice.randint(2, 30)))
            self._begun += 1
        return self.dice.choice(self._talks)

    def _round(self, lines: dict[str, tuple[dict[str, str], str]], answered: Any) -> None:
        """Says them, and notes what is answered until all are or the node is gone."""
        told = b"".join(msgspec.json.encode(told) + b"\n" for told, _ in lines.values())
        if not self.tell(told):
            time.sleep(PAUSE_S)
            return
        waiting = dict(lines)
        while waiting:
            answers = self._answers(ANSWER_S)
            if answers is None:
                return
            kept = {str(each["kept"]): lines[each["kept"]] for each in answers if "kept" in each}
            failed = [each for each in answers if "failed" in each]
            put(answered, (line for _, line in kept.values()))
            self.progress.add(len(kept), len(failed))
            for each in failed:
                self.codes[each["code"]] = self.codes.get(each["code"], 0) + 1
                waiting.pop(each["failed"], None)
            for id in kept:
                waiting.pop(id, None)

    def tell(self, lines: bytes) -> bool:
        """Writes to the node, if it lives."""
        with self.node.lock:
            popen = self.node.popen
            if popen is None or popen.stdin is None or popen.poll() is not None:
                return False
            if self._life != self.node.lives:
                self._life, self._rest = self.node.lives, b""
            try:
                popen.stdin.write(lines)
                popen.stdin.flush()
            except (OSError, ValueError):
                return False
            return True

    def waiting(self) -> dict[str, int] | None:
        """What the node still has for the hub; None while it does not say. After `run` only."""
        if not self.tell(b'{"ask": true}\n'):
            return None
        end = time.monotonic() + ASK_S
        while time.monotonic() < end:
            answers = self._answers(ASK_S)
            if answers is None:
                return None
            for each in answers:
                if "waiting" in each:
                    return each
        return None

    def _answers(self, wait_s: float) -> list[dict[str, Any]] | None:
        """What the node has said since; None when it is gone, or says nothing for so long."""
        popen, life = self.node.popen, self.node.lives
        if popen is None or popen.stdout is None or life != self._life:
            return None
        try:
            handle = popen.stdout.fileno()
            if not select.select([handle], [], [], wait_s)[0]:
                self.silent += 1
                return None
            data = os.read(handle, 1 << 16)
        except (OSError, ValueError):
            return None
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [msgspec.json.decode(line) for line in lines if line]


def put(file: Any, lines: Iterable[str]) -> None:
    """Into a journal, on the disk when it returns."""
    if text := "".join(lines):
        file.write(text.encode())
        os.fsync(file.fileno())
