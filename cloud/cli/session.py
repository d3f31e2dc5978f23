"""Where the operator is logged in: a file of mode 0600 in the user's configuration folder.

`PRILAVOK_API`, `PRILAVOK_TOKEN` and `PRILAVOK_TENANT` stand above it, for programs that keep no file.
"""

import os
from pathlib import Path

import msgspec
import platformdirs

from sync.errors import Corrupt, Refused, Unavailable

FILE = "login.json"
DEFAULT_HUB = "http://127.0.0.1:8090"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """`owner` is a tenant, or @hub for the hub's own admins; `tenant` is the one that commands are about."""

    hub: str
    token: str
    owner: str
    operator: str = ""
    tenant: str | None = None

    def __repr__(self) -> str:
        return f"Session({self.operator} of {self.owner} at {self.hub})"


def path() -> Path:
    """Where the login is kept."""
    return platformdirs.user_config_path("prilavok", appauthor=False) / FILE


def load() -> Session:
    """The login in force. Refused where there is none."""
    kept = _kept()
    hub = os.environ.get("PRILAVOK_API") or (kept.hub if kept else DEFAULT_HUB)
    token = os.environ.get("PRILAVOK_TOKEN") or (kept.token if kept else "")
    tenant = os.environ.get("PRILAVOK_TENANT") or (kept.tenant if kept else None)
    if not token:
        raise Refused("You are not logged in.", code="login.none", hint=f"Run: prilavok login --hub {hub}")
    owner = token.split("_")[1] if token.count("_") == 2 else ""
    return Session(
        hub=hub.rstrip("/"), token=token, owner=owner, operator=kept.operator if kept else "", tenant=tenant
    )


def save(session: Session) -> None:
    """Keeps the login, readable by its owner alone."""
    file = path()
    partial = file.with_suffix(f".{os.getpid()}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(session)) + b"\n")
        partial.replace(file)
    except OSError as error:
        raise Unavailable(
            f"{file} cannot be written: {error.strerror}.",
            code="login.file",
            hint="Check the folder and its rights, or set PRILAVOK_TOKEN.",
        ) from None


def forget() -> None:
    """Logged out."""
    path().unlink(missing_ok=True)


def _kept() -> Session | None:
    try:
        return msgspec.json.decode(path().read_bytes(), type=Session)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Corrupt(
            f"{path()} cannot be read: {error}.", code="login.damaged", hint="Log in again: prilavok login"
        ) from None
