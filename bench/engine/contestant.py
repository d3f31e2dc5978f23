"""Who is measured, and how each is started: a list of configurations, all on the same model file.

`8 slots` is what llama.cpp's server needs to answer eight at once. Its own defaults stand otherwise: prompt
cache on, flash attention where it helps, idle slots kept in host memory. `reuse` moves cached pieces of 32
tokens or more to where they stand in the new prompt. Left out: starting and stopping (`server.py`).
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.node import ROOT

PEERS = ROOT / ".state" / "bench-engine"
PEERS_PYTHON = PEERS / "bin" / "python"
NATIVE = PEERS / "llama-server"
OURS = "prilavok"
SLOTS = 8
CONTEXT = 2048  # tokens a slot: a conversation of the load has up to 1,100
REUSE = 32  # tokens
THREADS = 2


@dataclass(frozen=True)
class Contestant:
    """A server and one configuration of it. `needs` must be there, or it is left out with a word."""

    name: str
    says: str
    needs: Path
    unified: bool = False
    reuse: int = 0
    slots: int = SLOTS

    @property
    def context(self) -> int:
        """Tokens of the whole KV cache."""
        return CONTEXT * self.slots


def contestants() -> dict[str, Contestant]:
    """All configurations, by name."""
    package, native = "llama.cpp's server, as packaged by xllamacpp", "llama.cpp's server, compiled here"
    return {
        each.name: each
        for each in (
            Contestant("unified", f"{package}; one KV cache, reuse", PEERS_PYTHON, True, REUSE),
            Contestant("split", f"{package}; a KV cache a slot, reuse", PEERS_PYTHON, False, REUSE),
            Contestant("unified-plain", f"{package}; one KV cache", PEERS_PYTHON, True),
            Contestant("split-plain", f"{package}; a KV cache a slot", PEERS_PYTHON),
            Contestant("one-slot", f"{package}; one slot", PEERS_PYTHON, False, REUSE, 1),
            Contestant("native-unified", f"{native}; one KV cache, reuse", NATIVE, True, REUSE),
            Contestant("native-split", f"{native}; a KV cache a slot, reuse", NATIVE, False, REUSE),
            Contestant("native-unified-plain", f"{native}; one KV cache", NATIVE, True),
            Contestant("native-split-plain", f"{native}; a KV cache a slot", NATIVE),
            Contestant("locked", "llama_cpp.Llama behind a lock", Path(sys.executable), slots=1),
        )
    }


USUAL = ("unified", "split", "native-unified", "native-split", "locked")


def chosen(names: tuple[str, ...]) -> tuple[list[Contestant], list[str]]:
    """Those named ("all" for every one), and the names of those that cannot run here. KeyError if unknown."""
    known = contestants()
    wanted = [known[name] for name in (tuple(known) if names == ("all",) else names)]
    return [each for each in wanted if each.needs.exists()], [
        each.name for each in wanted if not each.needs.exists()
    ]


def command(contestant: Contestant, model: Path, port: int) -> list[str]:
    """The command line that starts it; all but the native server choose their own port."""
    if contestant.name == "locked":
        arguments = ["--context", str(contestant.context), "--threads", str(THREADS)]
        return [sys.executable, "-m", "bench.engine.locked_server", str(model), *arguments]
    if contestant.needs == NATIVE:
        return [str(NATIVE), *_flags(contestant, model, port)]
    asked = {
        "model": str(model),
        "slots": contestant.slots,
        "context": contestant.context,
        "unified": contestant.unified,
        "cache_reuse": contestant.reuse,
        "threads": THREADS,
    }
    return [str(PEERS_PYTHON), str(Path(__file__).with_name("xllama_server.py")), json.dumps(asked)]


def _flags(contestant: Contestant, model: Path, port: int) -> list[str]:
    given = {
        "--model": model,
        "--host": "127.0.0.1",
        "--port": port,
        "--parallel": contestant.slots,
        "--ctx-size": contestant.context,
        "--cache-reuse": contestant.reuse,
        "--threads": THREADS,
        "--threads-batch": THREADS,
        "--fit": "off",
        "--log-verbosity": 0,
    }
    flags = [str(part) for pair in given.items() for part in pair]
    return [*flags, "--kv-unified" if contestant.unified else "--no-kv-unified", "--offline"]
