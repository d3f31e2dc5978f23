"""What the hub's commands do on this node. Each may be done twice, for a power cut may come between.

Whoever wires says what is held of a session (`Live`), what goes into a support bundle, and what takes effect
at once of new settings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.database import Connection
from edge.outbox.service import Outbox
from edge.outbox.session import NODE
from edge.uplink import desired, support
from edge.uplink.desired import Wished
from edge.uplink.order import Counts
from models.fetch import Fetcher
from models.registry import File, Model, Registry, Source
from models.shelf import Shelf
from sync.command import Erase, Settings, Support, Update
from sync.errors import Missing, Refused, Unavailable
from sync.record import Scalar

WAIT_S = 60.0
RESTART = "settings.restart"
Live = Callable[[Sequence[str]], None]
"""Forgets what the running counter holds of sessions of these names, and of nobody in particular."""
Files = Callable[[int], tuple[Mapping[str, bytes], Sequence[str]]]
"""The files of a support bundle, and the log's lines since a wall time in milliseconds."""


@dataclass(frozen=True)
class Stock:
    """The models of this node: what is known, where they lie, and whether the line may be used for them."""

    registry: Callable[[], Registry]
    shelf: Shelf
    may_fetch: Callable[[], bool]


@dataclass(frozen=True)
class NodeDeeds:
    """The `Deeds` of `order.py`.

    `hot` applies what of the settings needs no restart, and gives how many values wait for one.
    """

    data_dir: Path
    outbox: Outbox
    live: Live
    files: Files
    stock: Stock
    hot: Callable[[Mapping[str, Scalar]], int]

    def settings(self, action: Settings) -> tuple[str, Counts]:
        """Refused with `settings.invalid` when a value is out of bounds: then nothing is taken."""
        wished = Wished(action.version, dict(action.values))
        after = wished.known()
        if wished.version < desired.read(self.data_dir).version:
            return "settings.older", {}
        desired.write(self.data_dir, wished)
        waiting = self.hot(after)
        return RESTART if waiting else "", {"values": len(after), "waiting": waiting}

    def erase(self, action: Erase) -> Counts:
        """What waits for the hub, and what is held here."""
        names = self.outbox.sessions.names(action.sessions)
        records = self.outbox.erase(action.sessions).result(WAIT_S)
        self.live(names)
        return {"records": records, "sessions": len(names)}

    def update(self, action: Update) -> Counts:
        """A model that the registry knows, by its digest; from the command's addresses first."""
        if action.what != "model":
            raise Refused(
                f"This node cannot take {action.what} from afar.",
                code="update.unsupported",
                hint="Update it on the spot.",
            )
        if not self.stock.may_fetch():
            raise Unavailable(
                "The line is not to be used for this now.",
                code="update.waiting",
                hint="It is fetched outside of quiet hours, or from a stick.",
            )
        model = self._model(action)
        pulled = Fetcher(self.stock.shelf).pull(model)
        return {"files": len(pulled), "fetched": sum(file.source is not None for file in pulled)}

    def support(self, id: str, action: Support) -> Counts:
        """All of it into the outbox, in one transaction; less of the log where there is no room."""
        files, log = self.files(action.since_ms)
        limit = min(action.limit_bytes, self.outbox.caps.of("health") // 2)
        packed = support.bundle(files, log, limit)
        records = list(support.parts(id, packed))

        def keep(connection: Connection) -> int:
            session = self.outbox.sessions.of(NODE)
            return sum(self.outbox.append(connection, record, session) for record in records)

        kept = self.outbox.ledger.write(keep).result(WAIT_S)
        return {"parts": len(records), "kept": kept, "bytes": len(packed)}

    def _model(self, action: Update) -> Model:
        """The registry's entry with the command's addresses. Refused when it has other bytes by that name."""
        try:
            model = self.stock.registry().get(action.name)
        except Missing as error:
            hint = "Update the node's program first."
            raise Refused(error.message, code="update.unknown", hint=hint) from error
        if all(file.sha256 != action.digest for file in model.files):
            raise Refused(
                f"{action.name} has no file of digest {action.digest[:12]}….",
                code="update.digest",
                hint="The registry of this node's version has another; update the node's program first.",
            )
        files = tuple(_addressed(file, action) for file in model.files)
        return msgspec.structs.replace(model, files=files)


def _addressed(file: File, action: Update) -> File:
    if file.sha256 != action.digest:
        return file
    named = tuple(Source(url=url) for url in action.urls)
    return msgspec.structs.replace(file, sources=(*named, *file.sources))
