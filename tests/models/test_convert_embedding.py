"""Runs in the environment that has the extra `convert`: PRILAVOK_CONVERT_PYTHON, or this one."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.convert_embedding import convert, entry
from models.registry import Model
from models.runtime.embed import Embedder
from sync.errors import Missing, Unavailable

FLOAT = pytest.mark.parametrize("real", ["all-minilm-l6-v2-float"], indirect=True)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def python() -> str:
    given = os.environ.get("PRILAVOK_CONVERT_PYTHON")
    if given or importlib.util.find_spec("sentence_transformers"):
        return given or sys.executable
    pytest.skip("the extra `convert` is not installed; `make convert-test` does that")


@pytest.mark.model
@FLOAT
def test_converted_model_stays_close_and_loads(real: tuple[Model, Path], python: str, tmp_path: Path) -> None:
    command = [python, "-m", "models.convert_embedding", str(real[1]), str(tmp_path), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    print(f"\ncosine float/int8: mean {report['cosine_mean']}, least {report['cosine_min']}")
    assert report["cosine_min"] > 0.97
    assert report["size_bytes"] < 0.3 * report["float_bytes"]
    embedder = Embedder.load(entry("own", tmp_path, report["dimension"]), tmp_path)
    query = embedder.query(["Where can I have my hair cut?"])
    near, far = embedder.passage(["hairdresser, haircut and colouring", "tyres and car repair"])
    assert float((query @ near)[0]) > float((query @ far)[0])


def test_folder_without_a_model_or_environment_without_torch_is_told(tmp_path: Path) -> None:
    with pytest.raises((Missing, Unavailable)) as caught:
        convert(tmp_path, tmp_path / "out")
    assert caught.value.code.startswith("convert.")
    assert caught.value.hint
