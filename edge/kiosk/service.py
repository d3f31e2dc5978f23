"""What a kiosk needs on the disk, and putting it there: policy, unit and the user that it runs as.

Each file is replaced whole; one that is as it should be is left alone. Starting the unit is the operator's.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from edge.kiosk.policy import policy
from edge.kiosk.unit import NAME, unit
from sync.errors import Refused, Unavailable

# Debian's Chromium and the upstream build look in different places.
POLICIES = ("etc/chromium/policies/managed/prilavok.json", "etc/opt/chrome/policies/managed/prilavok.json")
UNIT = f"etc/systemd/system/{NAME}"
USER = "usr/lib/sysusers.d/prilavok-kiosk.conf"
USER_TEXT = (
    'u prilavok-kiosk - "Prilavok kiosk screen" /var/lib/prilavok-kiosk /usr/sbin/nologin\n'
    "m prilavok-kiosk video\nm prilavok-kiosk input\nm prilavok-kiosk render\nm prilavok-kiosk audio\n"
)
READABLE = 0o644
NEXT = (
    "apt install cage chromium fonts-noto-core fonts-noto-cjk",
    "systemd-sysusers",
    "systemctl daemon-reload",
    f"systemctl enable --now {NAME}",
)


class Planned(msgspec.Struct, frozen=True):
    """A file and what becomes of it."""

    path: str
    change: Literal["new", "changed", "same"]


@dataclass(frozen=True)
class Kiosk:
    """A screen that shows `url`. `authority` is the node's own in DER, where there is one."""

    url: str
    secure_url: str | None = None
    authority: bytes | None = None

    def __post_init__(self) -> None:
        place = urlsplit(self.url)
        if place.scheme not in ("http", "https") or not place.hostname or " " in self.url:
            raise Refused(
                f"{self.url!r} is no address of a page.",
                code="kiosk.url",
                hint="Give one such as http://127.0.0.1:8080/?kiosk.",
            )

    def policy(self) -> bytes:
        """The policy as Chromium reads it."""
        made = policy(self.url, self.secure_url, self.authority)
        return msgspec.json.format(msgspec.json.encode(made, order="sorted"), indent=2) + b"\n"

    def unit(self) -> str:
        """The unit as systemd reads it."""
        return unit(self.url)

    def files(self) -> dict[str, bytes]:
        """Every file by its path below the root of the system."""
        written = {path: self.policy() for path in POLICIES}
        return {**written, UNIT: self.unit().encode(), USER: USER_TEXT.encode()}

    def plan(self, root: Path) -> list[Planned]:
        """What installing would change."""
        return [Planned(path, _change(root / path, data)) for path, data in self.files().items()]

    def install(self, root: Path) -> list[Planned]:
        """Writes what is new or changed. Unavailable where it may not be written."""
        planned = self.plan(root)
        for one in planned:
            if one.change != "same":
                _write(root / one.path, self.files()[one.path])
        return planned


def _change(path: Path, data: bytes) -> Literal["new", "changed", "same"]:
    try:
        return "same" if path.read_bytes() == data else "changed"
    except OSError:
        return "new"


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(READABLE)
        os.replace(partial, path)
    except OSError as error:
        raise Unavailable(
            f"cannot write {path}: {error.strerror}.",
            code="kiosk.unwritable",
            hint="Run it as root, or give --root FOLDER for an image.",
        ) from None
