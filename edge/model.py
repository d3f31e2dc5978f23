"""The models this node is set to use: which they are, loading them, and who speaks in which language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.settings import Settings
from models.addition import registry_file
from models.registry import Mode, Model, Registry, Role
from models.runtime.embed import Embedder
from models.runtime.fallback import Fallback, GrammarBound
from models.runtime.generator import Generator
from models.runtime.llama import LlamaGenerator, Options
from models.runtime.remote import RemoteGenerator
from models.runtime.remote_server import Server
from models.shelf import Shelf

STRENGTH: tuple[Mode, ...] = ("template", "phrase", "prose")


@dataclass(frozen=True)
class Speaking:
    """Who speaks. `generator` is all of it, to be closed; `others`: languages in which a part of it speaks.

    `modes` says how, by language; elsewhere nobody may.
    """

    generator: Generator | None = None
    modes: Mapping[str, Mode] = field(default_factory=dict)
    others: Mapping[str, Generator] = field(default_factory=dict)


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

    def for_pages(self) -> Model | None:
        """The generator that a page may take along: the registry's own choice, the smallest."""
        return None if self.settings.generator == "none" else self.registry.default("generator")

    def modes(self) -> dict[str, Mode]:
        """How the generator on this box may speak, by language."""
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
        """The generator on this box. Raises where it is wanted and does not load."""
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

    def server(self) -> Server | None:
        """The model server that is set, if this node may dial it."""
        given = self.settings
        if given.generator_url is None or given.generator_model is None:
            return None
        server = Server(
            url=given.generator_url,
            model=given.generator_model,
            key=given.generator_key.get_secret_value() if given.generator_key else None,
            flavour=given.generator_flavour,
            system_role=given.generator_system_role,
            connect_s=given.generator_connect_s,
            first_s=given.generator_first_s,
            pause_s=given.generator_pause_s,
            total_s=given.generator_total_s,
            concurrency=given.generator_concurrency,
            queue_limit=given.generator_queue_limit,
            attempts=given.generator_attempts,
            failures=given.generator_failures,
            rest_s=given.generator_rest_s,
        )
        return None if given.offline and not server.local else server

    def speaking(self, local: Generator | None) -> Speaking:
        """The model server first where one is set, then `local` (the loaded generator of this box).

        In a language in which only one of them may speak, that one speaks alone; and what the server may
        write freely, a `local` that may only phrase takes over under a grammar alone.
        """
        server, own = self.server(), self.modes()
        if server is None:
            return Speaking(local, own if local else {})
        remote = RemoteGenerator(server)
        wanted = self.settings.generator_modes or own
        far: dict[str, Mode] = {language: mode for language, mode in wanted.items() if mode != "template"}
        if local is None:
            return Speaking(remote, far)
        others: dict[str, Generator] = {language: local for language in own if language not in far}
        writes = "prose" in own.values()
        for language, mode in far.items():
            least = mode if writes else "phrase"
            if STRENGTH.index(own.get(language, "template")) < STRENGTH.index(least):
                others[language] = remote
        behind = local if writes else GrammarBound(local)
        return Speaking(Fallback((remote, behind)), {**own, **far}, others)
