"""Getting a model: its files from the first source that gives the right bytes, whole or not at all.

Sources are tried in order and leave what they got beside the place, so that the next try goes on from there.
Offline, only folders count. Leaves out how bytes travel (`source.py`, `download.py`, `package.py`).
"""

import errno
import glob
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from models.package import KeepLast, Obtain, obtain
from models.registry import File, Model, Source
from models.shelf import Shelf
from models.source import Line, bring, discard, notes
from sync.errors import Corrupt, Missing, PrilavokError, Unavailable

SPARE_BYTES = 64 * 1024**2  # left free on the disk


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
        """Bring every file of the model. Raises the reason of the last source, a captive portal's before it.

        Conflict while another process does the same, Unavailable (line, offline, disk), Missing or Corrupt.
        """
        try:
            if all(self._shelf.condition(model, file) == "intact" for file in model.files):
                return [Pulled(model.name, file.path, None) for file in model.files]
            with self._shelf.locked(model), self._line(model) as line:
                return [self._file(model, file, line) for file in model.files]
        except OSError as error:
            raise _disk(model, error) from error

    @contextmanager
    def _line(self, model: Model) -> Iterator[Line]:
        with tempfile.TemporaryDirectory(dir=self._shelf.place(model), prefix=".fetch-") as folder:
            scratch = Path(folder)
            yield Line(self._client, KeepLast(self._obtain, scratch / "fetched"), scratch, self._retry_s)

    def _file(self, model: Model, file: File, line: Line) -> Pulled:
        if self._shelf.condition(model, file) == "intact":
            return Pulled(model.name, file.path, None)
        target = self._shelf.path(model, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._check_room(model, file)
        failures: list[PrilavokError] = []
        for source in self._sources(file):
            try:
                self._from(source, model, file, line)
                return Pulled(model.name, file.path, str(source))
            except PrilavokError as error:
                failures.append(error)
        raise _none(model, file, failures, self._offline)

    def _sources(self, file: File) -> Iterator[Source]:
        if self._folder is not None:
            yield Source(folder=glob.escape(str(self._folder)))
        for source in file.sources:
            if source.folder or not self._offline:
                yield source

    def _from(self, source: Source, model: Model, file: File, line: Line) -> None:
        def tell(done: int) -> None:
            self._tell(Progress(model.name, file.path, str(source), done, file.size_bytes))

        target = self._shelf.path(model, file)
        part = target.with_name(target.name + ".part")
        resumed = part.is_file()
        tell(0)
        bring(source, file, part, line, tell)
        try:
            self._shelf.put(part, model, file)
        except Corrupt:
            discard(part)
            if not resumed:
                raise
            self._from(source, model, file, line)  # what was there before may have been the wrong part
        notes(part).unlink(missing_ok=True)

    def _check_room(self, model: Model, file: File) -> None:
        needed = (file.size_bytes or 0) + SPARE_BYTES
        free = shutil.disk_usage(self._shelf.place(model)).free
        if free < needed:
            raise Unavailable(
                f"{file.path} needs {needed} bytes, {free} are free.",
                code="models.disk",
                hint="Free space, or set models_dir to a larger disk.",
            )


def _none(model: Model, file: File, failures: list[PrilavokError], offline: bool) -> PrilavokError:
    if offline:
        return Unavailable(
            f"{model.name}: {file.path} is not here, and the node is offline.",
            code="models.offline",
            hint=f"Bring it on a stick: `prilavok-edge models pull {model.name} --from FOLDER`.",
        )
    if not failures:
        return Missing(
            f"{model.name}: {file.path} has no source.",
            code="models.no_source",
            hint="Add a source to the registry, or bring the file: `models pull --from FOLDER`.",
        )
    portals = [error for error in failures if error.code == "models.captive_portal"]
    telling = portals[0] if portals else failures[-1]
    reasons = " ".join(f"({number}) {error.message}" for number, error in enumerate(failures, 1))
    return type(telling)(
        f"No source gave {model.name}: {file.path}. {reasons}", code=telling.code, hint=telling.hint
    )


def _disk(model: Model, error: OSError) -> Unavailable:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Unavailable(
        f"{model.name} cannot be stored: {error.strerror or error}.",
        code="models.disk",
        hint="Free space on the disk." if full else "Check the folder and its rights (setting models_dir).",
    )
