"""A real Mosquitto that guards its topics, keeps its state on disk, and can be made to forget it all."""

from pathlib import Path

from tests.simulators.guarded_broker import GuardedMosquitto

STATE = "mosquitto.db"


class Broker(GuardedMosquitto):
    """Its port stays the same."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"persistence true\npersistence_location {folder}/\nautosave_interval 5\n")

    def wipe(self) -> None:
        """After `kill`: sessions, retained messages and accounts are gone; the hub's own account is new."""
        (self.folder / STATE).unlink(missing_ok=True)
        self.forget()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None
