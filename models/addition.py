"""An operator's own models: written to a registry file beside the bundled one.

The file is the operator's to edit as well; a model added here is appended, nothing else in it is touched.
"""

import json
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import msgspec

from models.registry import Embedding, File, Mode, Model, Registry, Role, Source, read
from models.shelf import sha256_of, write
from sync.errors import Conflict, Missing, Refused


def registry_file(folder: Path, named: Path | None = None) -> Path:
    """The operator's registry: as the settings name it, else in the folder of models."""
    return named or folder / "registry.toml"


def local_file(path: Path) -> File:
    """A file on this machine, hashed; its folder is its source. Raises Missing."""
    if not path.is_file():
        raise Missing(f"{path} is not a file.", code="models.file", hint="Check the path.")
    return File(
        path=path.name,
        sha256=sha256_of(path),
        size_bytes=path.stat().st_size,
        sources=(Source(folder=str(path.resolve().parent)),),
    )


def remote_file(url: str, sha256: str, size_bytes: int | None = None) -> File:
    """A file at a URL, named by the hash its publisher states. Raises Refused for either of bad form."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    try:
        return File(path=name, sha256=sha256.lower(), size_bytes=size_bytes, sources=(Source(url=url),))
    except ValueError as error:
        raise _refused(error) from error


def describe(
    name: str,
    files: tuple[File, ...],
    *,
    role: Role = "generator",
    licence: str = "unknown",
    modes: dict[str, str] | None = None,
    dimension: int | None = None,
) -> Model:
    """A registry entry. `dimension` makes an embedding model that is fed tokens. Raises Refused."""
    embedding = Embedding(dimension=dimension, input="tokens") if dimension else None
    try:
        checked = msgspec.convert(modes or {}, dict[str, Mode])
        return Model(name=name, role=role, licence=licence, files=files, modes=checked, embedding=embedding)
    except ValueError as error:
        raise _refused(error) from error


def add(model: Model, file: Path) -> None:
    """Append to a registry file. Raises Conflict where the name is known, Corrupt if the file is unsound."""
    if model.name in Registry.load(file):
        raise Conflict(
            f"The registry has {model.name} already.", code="models.known", hint="Choose another name."
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text("utf-8") if file.exists() else "# Models added on this machine.\n"
    written = before.rstrip() + "\n\n" + toml(model)
    trial = file.with_name(file.name + ".trial")
    trial.write_text(written, "utf-8")
    try:
        read(trial)
    finally:
        trial.unlink()
    write(file, written.encode())


def toml(model: Model) -> str:
    """The entry as text."""
    lines = ["[[model]]", f"name = {_text(model.name)}", f"role = {_text(model.role)}"]
    lines.append(f"licence = {_text(model.licence)}")
    if model.languages:
        lines.append(f"languages = [{', '.join(map(_text, model.languages))}]")
    if model.modes:
        modes = ", ".join(f"{_text(language)} = {_text(mode)}" for language, mode in model.modes.items())
        lines.append(f"modes = {{ {modes} }}")
    if model.embedding:
        shape = model.embedding
        lines.append(
            f"embedding = {{ dimension = {shape.dimension}, input = {_text(shape.input)}, "
            f"max_tokens = {shape.max_tokens}, max_chars = {shape.max_chars} }}"
        )
    for file in model.files:
        lines += ["", "[[model.files]]", f"path = {_text(file.path)}", f"sha256 = {_text(file.sha256)}"]
        if file.size_bytes:
            lines.append(f"size_bytes = {file.size_bytes}")
        lines.append(f"sources = [{', '.join(map(_source, file.sources))}]")
    return "\n".join(lines) + "\n"


def _source(source: Source) -> str:
    if source.url or source.folder:
        return (
            f"{{ url = {_text(source.url)} }}"
            if source.url
            else f"{{ folder = {_text(source.folder or '')} }}"
        )
    kind, package = ("pip", source.pip) if source.pip else ("npm", source.npm)
    members = ", ".join(map(_text, source.members))
    return f"{{ {kind} = {_text(package or '')}, count = {source.count}, members = [{members}] }}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _refused(error: Exception) -> Refused:
    return Refused(f"The model is not added: {error}.", code="models.entry", hint="Correct the options.")
