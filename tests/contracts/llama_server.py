"""llama.cpp's own server over a GGUF, from the package xllamacpp; prints its address, ends with its input.

A program, for a Python that has the package: `python tests/contracts/llama_server.py FILE.gguf`.
"""

import sys

import xllamacpp


def main() -> None:
    """Serve until standard input ends."""
    params = xllamacpp.CommonParams()
    params.model.path = sys.argv[1]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel, params.n_ctx = 2, 2048
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.model_alias = {"smollm2"}
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main()
