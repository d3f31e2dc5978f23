"""A real Mosquitto that lets in whom its dynamic security says, with the hub's account from the start."""

import json
import os
from pathlib import Path

from cloud.fleet.broker import dynsec
from cloud.mqtt import Broker
from tests.simulators.broker import Mosquitto

PLUGINS = (
    "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
    "/usr/lib/aarch64-linux-gnu/mosquitto_dynamic_security.so",
    "/usr/lib/mosquitto_dynamic_security.so",
)
USERNAME, PASSWORD = "hub", "only the hub knows"


def plugin() -> str | None:
    """The plugin, if it is installed."""
    return next((path for path in PLUGINS if Path(path).is_file()), None)


class GuardedMosquitto(Mosquitto):
    """`forget` puts its accounts back to those of a new broker; start it again to have it so."""

    def __init__(self, folder: Path) -> None:
        accounts = folder / "dynamic-security.json"
        super().__init__(
            folder,
            f"allow_anonymous false\nplugin {plugin()}\nplugin_opt_config_file {accounts}",
        )
        self._accounts = accounts
        self.forget()

    def forget(self) -> None:
        """Nobody but the hub has an account."""
        text = json.dumps(dynsec.initial(USERNAME, PASSWORD, os.urandom(12)))
        self._accounts.write_text(text, encoding="utf-8")
        self._accounts.chmod(0o600)

    @property
    def hub(self) -> Broker:
        """The broker as the hub reaches it."""
        return Broker(self.url, USERNAME, PASSWORD)
