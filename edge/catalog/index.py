"""The port through which an index over providers is kept in step with the catalogue. Types only."""

from typing import Protocol

from edge.database import Connection
from sync.provider import Provider


class Index(Protocol):
    """An index written in the same transaction as the providers it covers."""

    def prepare(self, connection: Connection) -> None:
        """Makes the index's tables where they are not there yet."""

    def put(self, connection: Connection, rowid: int, provider: Provider) -> None:
        """Indexes a new provider, or one whose old form has just been dropped."""

    def drop(self, connection: Connection, rowid: int) -> None:
        """Forgets a provider; one that is not indexed is no error."""

    def remake(self, connection: Connection) -> None:
        """Throws the index away, damaged or not, and makes it again from the documents and the market."""
