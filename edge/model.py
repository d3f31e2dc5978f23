"""The models this node is set to use: which they are, and loading them."""

from dataclasses import dataclass

from edge.settings import Settings
from models.addition import registry_file
from models.registry import Model, Registry, Role
from models.runtime.embed import Embedder
from models.runtime.llama import LlamaGenerator, Options
from models.shelf import Shelf


@dataclass(frozen=True)
class Models:
    """Where models are and which are wanted."""

    settings: Settings
    registry: Registry
    shelf: Shelf

    @classmethod
    def of(cls, settings: Settings) -> "Models":
        """As the settings say."""
        registry = Registry.load(registry_file(settings.models_dir, settings.registry))
        return cls(settings, registry, Shelf(settings.models_dir))

    def wanted(self, role: Role, name: str) -> Model | None:
        """The model of that role, or None where the settings say "none"."""
        if name == "none":
            return None
        return self.registry.default(role) if name == "auto" else self.registry.get(name)

    def modes(self) -> dict[str, str]:
        """How the generator may speak, by language."""
        model = self.wanted("generator", self.settings.generator)
        return {
            language: mode for language, mode in (model.modes if model else {}).items() if mode != "template"
        }

    def embedder(self) -> Embedder | None:
        """The embedding model. Raises where it is wanted and does not load."""
        model = self.wanted("embedding", self.settings.embedding)
        if model is None:
            return None
        return Embedder.load(model, self.shelf.require(model), self.settings.threads or 1)

    def generator(self) -> LlamaGenerator | None:
        """The generator. Raises where it is wanted and does not load."""
        model = self.wanted("generator", self.settings.generator)
        if model is None:
            return None
        return LlamaGenerator.load(model, self.shelf.require(model), self._options(model))

    def _options(self, model: Model) -> Options:
        settings = self.settings
        record_kv = model.record_kv if settings.record_kv == "auto" else settings.record_kv == "on"
        return Options(
            threads=settings.threads,
            queue_limit=settings.queue_limit,
            running=settings.engine_running,
            memory_bytes=settings.engine_memory_bytes,
            record_kv=record_kv,
            state=settings.data_dir / "engine" / f"{model.name}.kv" if settings.engine_state_bytes else None,
            state_bytes=settings.engine_state_bytes,
            stall_limit_s=settings.engine_stall_s,
        )
