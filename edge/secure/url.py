"""Where the same page is to be had over the secure line."""

from typing import Any, Protocol
from urllib.parse import urlsplit


class Asked(Protocol):
    """What is read of a request."""

    @property
    def headers(self) -> Any: ...


def secure_url(request: Asked, port: int | None) -> str | None:
    """The secure page under the name that the visitor came by, or None where there is none."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if port is None or not host:
        return None
    return f"https://{f'[{host}]' if ':' in host else host}:{port}/"
