"""What doctor says of a model server."""

from pathlib import Path

import pytest

from edge.cli.doctor import examine
from edge.health.vital import Finding
from tests.simulators.model_server import ModelServerSimulator, serving


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment of its own; tests add to it."""
    monkeypatch.setenv("PRILAVOK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PRILAVOK_MODELS_DIR", str(tmp_path))
    return monkeypatch


def use(node: pytest.MonkeyPatch, simulator: ModelServerSimulator, model: str = "tiny") -> None:
    node.setenv("PRILAVOK_GENERATOR_URL", simulator.url)
    node.setenv("PRILAVOK_GENERATOR_MODEL", model)


def found() -> Finding:
    return next(finding for finding in examine() if finding.name == "model server")


def test_node_without_a_server_lacks_nothing(node: pytest.MonkeyPatch) -> None:
    assert found().state == "ok"
    assert found().reason == "none set"


def test_server_that_serves_the_model_is_well(node: pytest.MonkeyPatch) -> None:
    with serving() as simulator:
        use(node, simulator)
        assert found() == Finding(name="model server", state="ok", reason=f"tiny at {simulator.url}")


def test_server_that_is_away_or_lacks_the_model_is_told_and_the_node_goes_on(
    node: pytest.MonkeyPatch,
) -> None:
    with serving() as simulator:
        use(node, simulator, model="large")
        lacking = found()
    away = found()
    assert (lacking.state, away.state) == ("degraded", "degraded")
    assert "'large'" in lacking.reason
    assert "cannot be reached" in away.reason
    assert lacking.hint
    assert away.hint


def test_wrong_key_is_told_and_not_shown(node: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sesame")
    node.setenv("PRILAVOK_GENERATOR_KEY_FILE", str(tmp_path / "key"))
    with serving(key="another") as simulator:
        use(node, simulator)
        finding = found()
    assert "refuses the key" in finding.reason
    assert "generator_key_file" in finding.hint
    assert "sesame" not in repr(finding)


def test_server_that_may_not_speak_is_told(node: pytest.MonkeyPatch) -> None:
    node.setenv("PRILAVOK_GENERATOR", "none")
    with serving() as simulator:
        use(node, simulator)
        assert "no language" in found().reason
        node.setenv("PRILAVOK_GENERATOR_MODES", "en=phrase")
        assert found().state == "ok"
