"""Real nodes over the demo market, each in a process of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from bench.node import ROOT, Node, command, running
from tests.e2e.visitor import CHROMIUM, FLAGS
from tests.simulators.counter import CounterSimulator
from tests.simulators.hub import HubSimulator, door
from tests.simulators.hub_key import HubKey

LIMIT_S = 120
expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


def cli(
    *arguments: str, status: int = 0, limit_s: float = LIMIT_S, **more: object
) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end and holds it to its exit status."""
    done = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=limit_s,
        **more,  # type: ignore[call-overload]
    )
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def import_demo(data_dir: Path, source: Path) -> Path:
    """The demo market in a data folder."""
    catalog, market = source / "catalog.jsonl", source / "market.json"
    cli("--data-dir", str(data_dir), "catalog", "import", str(catalog), "--market", str(market))
    return data_dir


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """catalog.jsonl and market.json of the demo market."""
    from edge.catalog.demo.write import write

    folder = tmp_path_factory.mktemp("demo")
    write(folder)
    return folder


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory, demo_files: Path) -> Path:
    """A data folder with the demo market, for those who only read it."""
    return import_demo(tmp_path_factory.mktemp("data"), demo_files)


@pytest.fixture
def port() -> int:
    """A port that a node can be started on again."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture
def data(tmp_path: Path, demo_dir: Path) -> Path:
    """The demo market in a folder of this test's own."""
    return Path(shutil.copytree(demo_dir, tmp_path / "data"))


@pytest.fixture(scope="session")
def node(demo_dir: Path) -> Iterator[Node]:
    """A running node with the models that are here; without any it answers too."""
    with running(demo_dir) as node:
        yield node


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file: its event loop must end before other tests' do."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def counter() -> Iterator[CounterSimulator]:
    """A node that answers by script."""
    with CounterSimulator() as simulator:
        yield simulator


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor with an English browser and reduced motion, so that nothing is under way when looked at."""
    fresh = browser.new_context(locale="en-GB", reduced_motion="reduce")
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def screen(browser: Browser) -> Iterator[BrowserContext]:
    """A screen that is touched, large enough for arm's length."""
    with browser.new_context(
        locale="en-GB", viewport={"width": 1280, "height": 900}, has_touch=True, reduced_motion="reduce"
    ) as context:
        context.set_default_timeout(10_000)
        yield context


@pytest.fixture
def key() -> HubKey:
    """What a tenant's requests are sealed to."""
    return HubKey()


@pytest.fixture
def hub(key: HubKey) -> Iterator[HubSimulator]:
    """A hub that nodes can join."""
    simulator = HubSimulator(lambda: int(time.time() * 1000), lead=key.public)
    with door(simulator):
        yield simulator
