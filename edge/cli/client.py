"""Asks a running node over HTTP; the command line's seam to httpx."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from edge.address import running
from edge.settings import Settings
from sync.errors import Corrupt, Refused, Unavailable

TIMEOUT = httpx.Timeout(60, connect=2)


def address(settings: Settings) -> str | None:
    """The node that serves this data folder, if it answers."""
    url = running(Path(settings.data_dir))
    if url is None:
        return None
    try:
        httpx.get(f"{url}/health", timeout=2)
    except httpx.HTTPError:
        return None
    return url


def counters(url: str, name: str) -> dict[str, float]:
    """The node's counter of that name in `/metrics`, by the value of its one label. Empty where unheard."""
    try:
        reply = httpx.get(f"{url}/metrics", timeout=TIMEOUT)
    except httpx.HTTPError:
        return {}
    found = re.findall(rf'^{name}\{{\w+="(\w+)"\}} ([\d.e+]+)$', reply.text, re.M)
    return {label: float(value) for label, value in found}


def call(
    url: str, path: str, body: dict[str, Any] | None = None, query: Mapping[str, str | int] | None = None
) -> Any:
    """The JSON reply. Refused or Unavailable carry the node's own words."""
    try:
        if body is None:
            reply = httpx.get(url + path, params=query, timeout=TIMEOUT)
        else:
            reply = httpx.post(url + path, json=body, timeout=TIMEOUT)
        said = msgspec.json.decode(reply.content)
    except httpx.HTTPError as error:
        raise Unavailable(
            f"The node at {url} does not answer: {error}.", code="node.silent", hint="Is it still running?"
        ) from None
    except msgspec.DecodeError:
        raise Corrupt(
            f"{url} does not speak as a node does.", code="node.strange", hint="Check the address."
        ) from None
    if reply.is_success or path == "/health":
        return said
    fault = said.get("error", said)
    kind = Unavailable if reply.status_code in (429, 503) else Refused
    raise kind(
        str(fault.get("message") or fault.get("detail") or reply.reason_phrase),
        code=str(fault.get("code") or "node.refused"),
        hint=str(fault.get("hint") or ""),
    )
