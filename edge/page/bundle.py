"""The built page and widget, from `edge/widget/dist`: a few hundred kilobytes, held in memory; what is larger
is read when it is asked for. The build lays what it packed beside it."""

import gzip
import hashlib
import json
import mimetypes
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sync.errors import Missing

FOLDER = Path(__file__).resolve().parent.parent / "widget" / "dist"
TYPES = {
    ".js": "text/javascript",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
}
MANIFEST = "manifest.json"
SMALL_BYTES = 1024  # below, packing saves less than a packet
HELD_BYTES = 1024 * 1024  # what is larger stays on the disk
LIMIT_BYTES = 16 * 1024 * 1024
GZIP = ".gz"


@dataclass(frozen=True)
class Asset:
    """One file, its media type, and a tag that changes with its bytes; `packed` is gzip, for texts.

    Either is bytes, or where they lie.
    """

    data: bytes | Path
    media_type: str
    tag: str
    packed: bytes | Path | None = None


@dataclass(frozen=True)
class Bundle:
    """Files by their path in the folder; nothing outside it can be asked for."""

    files: dict[str, Asset] = field(default_factory=dict)
    policy: str | None = None

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Bundle":
        """All files of the folder; none where it was not built."""
        found: dict[str, Asset] = {}
        total = 0
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file() and path.suffix != GZIP and total <= LIMIT_BYTES:
                asset = _read(path)
                total += len(asset.data) if isinstance(asset.data, bytes) else 0
                found[path.relative_to(folder).as_posix()] = asset
        return cls(found, _policy(found.pop(MANIFEST, None)))

    def get(self, name: str) -> Asset:
        """Missing where there is no such file."""
        if name in self.files:
            return self.files[name]
        if not self.files:
            raise Missing("The page is not built.", code="page.not_built", hint="Run `make setup`.")
        raise Missing("There is no such file.", code="path.unknown", hint="Load the page again.")


def _policy(manifest: Asset | None) -> str | None:
    """The content security policy that the page was built for."""
    if manifest is None:
        return None
    policy = json.loads(content(manifest.data)).get("content_security_policy")
    return str(policy) if policy else None


def _read(path: Path) -> Asset:
    data = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    beside = path.with_name(f"{path.name}{GZIP}")
    if len(data) > HELD_BYTES:
        return Asset(path, kind, _tag(data), beside if beside.is_file() else None)
    return held(data, kind, _packed(beside, data))


def _packed(path: Path, data: bytes) -> bytes | None:
    """What is packed there, if it is these bytes."""
    with suppress(OSError, EOFError, zlib.error):
        packed = path.read_bytes()
        return packed if gzip.decompress(packed) == data else None
    return None


def held(data: bytes, kind: str, packed: bytes | None = None) -> Asset:
    """An asset of bytes that are kept in memory; what is not packed yet and worth it is."""
    text = kind.startswith(("text/", "image/svg", "application/json", "application/wasm"))
    if packed is None and text and len(data) >= SMALL_BYTES:
        packed = gzip.compress(data, mtime=0)
    return Asset(data, kind, _tag(data), packed)


def _tag(data: bytes) -> str:
    return f'W/"{hashlib.sha256(data).hexdigest()[:20]}"'


def content(data: bytes | Path) -> bytes:
    """The bytes, read where they are not held. Missing where they went away."""
    try:
        return data.read_bytes() if isinstance(data, Path) else data
    except OSError:
        raise Missing(
            "The page is being built anew.", code="page.not_built", hint="Load the page again."
        ) from None
