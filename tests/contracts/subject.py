"""The generators that the contract is held against, each with how it is made to say something known."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from models.registry import Registry
from models.runtime.fallback import Fallback
from models.runtime.generator import ChatMessage, Generator, Request
from models.runtime.llama import LlamaGenerator, Options
from models.runtime.remote import RemoteGenerator
from models.runtime.remote_server import Flavour, Server
from models.shelf import Shelf
from tests.simulators.model_server import ModelServerSimulator, serving

QUEUE_LIMIT = 2
SERVER = Path(__file__).with_name("llama_server.py")
ASKED = (ChatMessage("system", "You are short."), ChatMessage("user", "Name three fruits."))


@dataclass(frozen=True)
class Subject:
    """`grammars`: whether it keeps one; else the last message is what its simulator says back."""

    generator: Generator
    grammars: bool = True
    endless: str = 'root ::= "word " root'

    def exactly(self, text: str, **fields: Any) -> Request:
        """A request that is answered with this text and no other."""
        if self.grammars:
            return Request(messages=ASKED, grammar=f'root ::= "{text}"', **fields)
        return Request(messages=(ChatMessage("user", text),), **fields)

    def forever(self, **fields: Any) -> Request:
        """One that goes on until `max_tokens`."""
        if self.grammars:
            return Request(messages=ASKED, grammar=self.endless, **fields)
        return Request(messages=(ChatMessage("user", "forever word "),), **fields)


def server(simulator: ModelServerSimulator, **fields: Any) -> Server:
    """How the simulator is reached, with short waits."""
    given = {"concurrency": 2, "queue_limit": QUEUE_LIMIT, "retry_s": 0.01, **fields}
    flavour: Flavour = simulator.flavour  # type: ignore[assignment]
    return Server(url=simulator.url, model=simulator.model, flavour=flavour, **given)


def _remote(flavour: Flavour) -> Callable[[], AbstractAsyncContextManager[Subject]]:
    @asynccontextmanager
    async def open_it() -> AsyncIterator[Subject]:
        with serving(flavour) as simulator:
            generator = RemoteGenerator(server(simulator))
            yield Subject(generator, grammars=flavour != "openai")
            await generator.close()

    return open_it


@asynccontextmanager
async def _llama() -> AsyncIterator[Subject]:
    """The box's own engine with the default model."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed; `make setup` builds it")
    model, folder = default_model()
    options = Options(context=512, running=2, threads=1, queue_limit=QUEUE_LIMIT, governed=False)
    load = partial(LlamaGenerator.load, model, folder, options)
    generator: Any = await asyncio.to_thread(load)
    yield Subject(generator, endless='root ::= ("word " | "words ") root')
    await generator.close()


@asynccontextmanager
async def _real_server() -> AsyncIterator[Subject]:
    """llama.cpp's own server with the default model, in the Python that has the package xllamacpp."""
    python = os.environ.get("PRILAVOK_XLLAMACPP_PYTHON", sys.executable)
    found = await asyncio.to_thread(subprocess.run, [python, "-c", "import xllamacpp"], capture_output=True)
    if found.returncode:
        pytest.skip("xllamacpp is not installed; PRILAVOK_XLLAMACPP_PYTHON names a Python that has it")
    model, folder = default_model()
    command = [python, str(SERVER), str(folder / model.files[0].path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            url = (await asyncio.to_thread(process.stdout.readline)).strip() + "/v1"
            # A request beyond the server's two slots waits there; its model is slow on a busy machine.
            waits = {"first_s": 60.0, "pause_s": 60.0, "total_s": 120.0}
            generator = RemoteGenerator(
                Server(
                    url=url, model="smollm2", flavour="llama-server", concurrency=2, queue_limit=2, **waits
                )
            )
            yield Subject(generator)
            await generator.close()
        finally:
            process.stdin.close()
            process.terminate()


@asynccontextmanager
async def _fallback() -> AsyncIterator[Subject]:
    """The first one's address leads nowhere: the second speaks."""
    with serving("vllm") as simulator:
        nowhere = Server(url="http://127.0.0.1:9/v1", model="nobody", flavour="vllm", attempts=1)
        both = Fallback((RemoteGenerator(nowhere), RemoteGenerator(server(simulator))))
        yield Subject(both)
        await both.close()


def default_model() -> tuple[Any, Path]:
    """The registry's default generator with its folder. Skips where its files are not here."""
    given = os.environ.get("PRILAVOK_MODELS_DIR")
    folder = Path(given) if given else platformdirs.user_cache_path("prilavok", appauthor=False) / "models"
    model = Registry.load().default("generator")
    if not Shelf(folder).complete(model):
        pytest.skip(f"{model.name} is not here; `prilavok-edge models pull {model.name}` fetches it")
    return model, Shelf(folder).place(model)


SUBJECTS: dict[str, Callable[[], AbstractAsyncContextManager[Subject]]] = {
    "openai": _remote("openai"),
    "vllm": _remote("vllm"),
    "llama-server": _remote("llama-server"),
    "llama.cpp's own server": _real_server,
    "fallback": _fallback,
    "llama": _llama,
}
