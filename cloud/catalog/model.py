"""The embedding model that the hub computes catalogues' vectors with, if it has one."""

import structlog

from cloud.settings import Settings
from models.addition import registry_file
from models.registry import Registry
from models.runtime.embed import Embedder
from models.shelf import Shelf

log = structlog.get_logger()


def embedder(settings: Settings) -> Embedder | None:
    """The model that the settings name; "none", or "auto" where its files are not here: None.

    Missing for a model that is named and not here.
    """
    if settings.embedding == "none":
        return None
    registry = Registry.load(registry_file(settings.models_dir, settings.registry))
    shelf = Shelf(settings.models_dir)
    auto = settings.embedding == "auto"
    model = registry.default("embedding") if auto else registry.get(settings.embedding)
    if auto and not shelf.complete(model):
        log.warning("catalogues go out without vectors", model=model.name, folder=str(settings.models_dir))
        return None
    return Embedder.load(model, shelf.require(model))
