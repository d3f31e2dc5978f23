"""Asks a model server who it is, for `doctor`: whether it answers, takes the key and serves the model."""

import time

import httpx
import msgspec

from models.runtime.remote_events import garbage
from models.runtime.remote_line import headers, late, translated, trusted
from models.runtime.remote_server import Server
from models.runtime.remote_status import captive, fault_in, refusal
from sync.errors import Missing

LIMIT_BYTES = 4 * 1024 * 1024  # a router lists hundreds of models
SHOWN = 5


class _Listed(msgspec.Struct, frozen=True):
    id: str


class _Listing(msgspec.Struct, frozen=True):
    data: tuple[_Listed, ...]


def serves(server: Server, *, patience_s: float = 10.0) -> tuple[str, ...]:
    """The models it lists. Blocking. Raises Refused or Unavailable where it does not answer as it should,
    and Missing where the model asked for is not among them (llama.cpp's server answers with whichever it
    has loaded, and is taken at that).
    """
    listed = _listed(server, patience_s)
    if server.flavour == "llama-server" or not {server.model, server.model.partition(":")[0]}.isdisjoint(
        listed
    ):
        return listed
    some = ", ".join(listed[:SHOWN]) + (" …" if len(listed) > SHOWN else "")
    raise Missing(
        f"The model server does not serve {server.model!r}; it lists {some or 'none'}.",
        code="generator.not_listed",
        hint="Correct generator_model.",
    )


def _listed(server: Server, patience_s: float) -> tuple[str, ...]:
    try:
        with (
            httpx.Client(
                headers=headers(server),
                timeout=patience_s,
                verify=trusted(server),
                trust_env=not server.local,
            ) as client,
            client.stream("GET", server.path("models")) as response,
        ):
            if "html" in response.headers.get("content-type", ""):
                raise captive()
            body = _read(response, patience_s)
            if response.status_code != 200:
                raise refusal(response.status_code, fault_in(body))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise translated(error) from None
    try:
        return tuple(model.id for model in msgspec.json.decode(body, type=_Listing).data)
    except (msgspec.DecodeError, ValueError):
        raise garbage("no list of models") from None


def _read(response: httpx.Response, patience_s: float) -> bytes:
    read, ends = bytearray(), time.monotonic() + patience_s
    for block in response.iter_raw():
        read += block
        if len(read) > LIMIT_BYTES:
            raise garbage(f"more than {LIMIT_BYTES} bytes of models")
        if time.monotonic() > ends:
            raise late("does not end its list of models")
    return bytes(read)
