"""The steps from an empty hub to a node that syncs, as commands that an operator types. Each is done once."""

import subprocess
import threading
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cloud.demo.place import NODE, TENANT, Place, program
from sync.errors import Missing, Unavailable

STEP_S = 300
READY_S = 120
ASK_S = 0.3


@dataclass(frozen=True)
class Step:
    """A command, and what it is for. `words` are typed into it."""

    name: str
    says: str
    command: Sequence[str]
    words: str = ""

    @property
    def typed(self) -> str:
        """The command as a person types it."""
        shown = {"cloud.cli": "prilavok", "edge.cli": "prilavok-edge"}
        return " ".join((shown.get(self.command[2], self.command[2]), *self.command[3:]))


@dataclass(frozen=True)
class Guide:
    """`source` is a folder with `catalog.jsonl` and `market.json`. `tell` is told each step as it begins."""

    place: Place
    source: Path
    tell: Callable[[str], None]

    def prepare(self, stop: threading.Event) -> None:
        """The step before the hub is up: with an admin there, it makes none and shows no password."""
        self._do_all(self.steps()[:1], stop)

    def run(self, stop: threading.Event) -> None:
        """Every step that was not done before. Unavailable with the command's own words when one fails."""
        wait(f"{self.place.hub}/health", stop)
        self._do_all(self.steps()[1:], stop)

    def _do_all(self, steps: Sequence[Step], stop: threading.Event) -> None:
        for step in steps:
            kept = self.place.kept()
            if step.name in kept.done or stop.is_set():
                continue
            self.tell(f"{step.says}: {step.typed}")
            self._do(step)
            self.place.keep(msgspec.structs.replace(kept, done=(*kept.done, step.name)))

    def steps(self) -> list[Step]:
        """In order."""
        market = self._market()
        file = str(self.place.folder / f"{NODE}.json")
        secret = self.place.kept().admin_password + "\n"
        lines, document = str(self.source / "catalog.jsonl"), str(self.source / "market.json")
        where = ("--market", market)
        return [
            Step("admin", "An admin", _hub("hub", "admin", "--password-stdin"), secret),
            Step(
                "login",
                "Log in",
                _hub("login", "--hub", self.place.hub, "--password-stdin", "--days", "365"),
                secret,
            ),
            Step("tenant", "A tenant with its keys", _hub("tenant", "add", TENANT)),
            Step("market", "A market", _hub("market", "add", market)),
            Step(
                "import",
                "Its catalogue",
                _hub("catalog", "import", lines, "--document", document, *where),
            ),
            Step("publish", "Publish it", _hub("catalog", "publish", *where)),
            Step("node", "A node and its file", _hub("node", "add", NODE, *where, "--accept", "--out", file)),
            Step("join", "The node joins", program("edge.cli", "join", file)),
        ]

    def _market(self) -> str:
        try:
            found = msgspec.json.decode((self.source / "market.json").read_bytes(), type=dict[str, object])
        except OSError as error:
            raise Missing(
                f"There is no demo market in {self.source}.", code="demo.market", hint="Run: make setup"
            ) from error
        return str(found["id"])

    def _do(self, step: Step) -> None:
        self.place.node_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ours = {"hub": self.place.hub_environment, "cloud.cli": self.place.operator_environment}
        key = "hub" if step.command[3] == "hub" else step.command[2]
        environment = ours.get(key, lambda: self.place.node_environment({}))()
        done = subprocess.run(
            step.command, input=step.words, env=environment, capture_output=True, text=True, timeout=STEP_S
        )
        if done.returncode:
            raise Unavailable(
                f"`{step.typed}` ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}",
                code="demo.step",
                hint="Mend that and start again; what is done stays done.",
            )


def _hub(*arguments: str) -> Sequence[str]:
    return program("cloud.cli", *arguments)


def wait(url: str, stop: threading.Event) -> None:
    """Until an address answers that it is well. Unavailable after two minutes."""
    for _ in range(int(READY_S / ASK_S)):
        if stop.is_set():
            return
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            stop.wait(ASK_S)
    raise Unavailable(f"{url} does not answer.", code="demo.waiting", hint="Look at the processes' logs.")
