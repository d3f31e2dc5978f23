"""llama.cpp's own server, out of the package xllamacpp, in a process of its own; prints its address.

Run by the peers' Python, which has nothing of the product: standard library and xllamacpp only.
"""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import xllamacpp


def parameters(asked: dict[str, Any]) -> Any:
    """The server's parameters: its defaults, and what is asked for; nothing fitted or guessed."""
    given = xllamacpp.CommonParams()
    given.model.path = asked["model"]
    given.hostnames = ["127.0.0.1"]
    given.port = 0
    given.n_parallel = asked["slots"]
    given.n_ctx = asked["context"]
    given.kv_unified = asked["unified"]
    given.n_cache_reuse = asked["cache_reuse"]
    given.cpuparams.n_threads = asked["threads"]
    given.cpuparams_batch.n_threads = asked["threads"]
    given.cache_prompt = True
    given.fit_params = False
    given.endpoint_metrics = False
    given.verbosity = 0
    return given


def main() -> None:
    """The only argument is a JSON object; stays until it is told to stop."""
    server = xllamacpp.Server(parameters(json.loads(sys.argv[1])))
    about = {
        "url": server.listening_address,
        "version": xllamacpp.__version__,
        "system": xllamacpp.get_system_info(),
        "file": Path(sys.argv[0]).name,
    }
    print(json.dumps(about), flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    sys.exit(0)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
