"""A hub to fetch from, and the real models where they are."""

import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from models.registry import Model, Registry
from models.shelf import Shelf
from tests.simulators.model_hub import HubSimulator, serving


@pytest.fixture
def hub() -> Iterator[HubSimulator]:
    with serving() as served:
        yield served


def real_shelf() -> Shelf:
    given = os.environ.get("PRILAVOK_MODELS_DIR")
    return Shelf(
        Path(given) if given else platformdirs.user_cache_path("prilavok", appauthor=False) / "models"
    )


@pytest.fixture
def real(request: pytest.FixtureRequest) -> tuple[Model, Path]:
    """A model of the registry with its files here; the test is parametrised with its name."""
    model = Registry.load().get(request.param)
    if not real_shelf().complete(model):
        pytest.skip(f"{model.name} is not here; `prilavok-edge models pull {model.name}` fetches it")
    return model, real_shelf().place(model)
