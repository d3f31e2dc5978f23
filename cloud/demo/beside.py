"""Mosquitto and Redis of the demonstration's own, as processes beside the hub's."""

import json
import os
import shutil
from pathlib import Path

from cloud.demo.place import HOST, PLACES, Place, leashed, redis_server
from cloud.fleet.broker import dynsec
from cloud.supervisor import Child
from sync.errors import Missing

PLUGIN = "mosquitto_dynamic_security.so"
LIBRARIES = ("/usr/lib", "/usr/local/lib", "/usr/lib64")


def broker(place: Place) -> Child:
    """A Mosquitto that lets in the hub and whom the hub says. Missing where none is installed."""
    found, plugin = shutil.which("mosquitto", path=PLACES), _plugin()
    if found is None or plugin is None:
        raise Missing(
            "Mosquitto with its plugin for dynamic security is not here.",
            code="broker.missing",
            hint="On Debian: apt install mosquitto. Then run it again.",
        )
    folder = place.folder / "broker"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    accounts, kept = folder / "dynamic-security.json", place.kept()
    if not accounts.exists():
        accounts.write_text(json.dumps(dynsec.initial("hub", kept.broker_password, os.urandom(12))))
        accounts.chmod(0o600)
    lines = (
        f"listener {kept.broker_port} {HOST}",
        "user root",
        "allow_anonymous false",
        f"plugin {plugin}",
        f"plugin_opt_config_file {accounts}",
        "persistence true",
        f"persistence_location {folder}/",
        "max_queued_messages 0",
        f"log_dest file {folder / 'log'}",
    )
    config = folder / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Child("broker", leashed((found, "-c", str(config))))


def redis(place: Place) -> Child | None:
    """A Redis that keeps nothing on the disk; none where it is not installed."""
    found = redis_server()
    if found is None:
        return None
    where = ("--bind", HOST, "--port", str(place.kept().redis_port), "--dir", str(place.folder))
    quiet = ("--save", "", "--appendonly", "no", "--loglevel", "warning")
    return Child("redis", leashed((found, *where, *quiet)))


def _plugin() -> Path | None:
    for library in LIBRARIES:
        for pattern in (PLUGIN, f"*/{PLUGIN}"):
            found = next(Path(library).glob(pattern), None)
            if found is not None:
                return found
    return None
