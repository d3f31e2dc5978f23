"""Which model server is asked, how it may be spoken to, and how long it is waited for. No I/O.

Flavours: "llama-server" (llama.cpp's own), "vllm", and "openai" for every other one, which is sent the
documented fields alone.
"""

import ipaddress
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from sync.errors import Refused

Flavour = Literal["llama-server", "vllm", "openai"]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """`url` ends before `/chat/completions`, as OpenAI's base URLs do. `model` is its name on the server.

    `system_role` False: the model's chat template knows no system message; its text goes before the user's.
    Waits in seconds: for the connection; for the first piece (queue and prompt of the server included);
    between two pieces; for the whole answer. `concurrency` requests at a time, `queue_limit` waiting here.
    `attempts` before the first byte, `retry_s` apart (then twice as long, with jitter). After `failures` in a
    row the server is left alone for `rest_s`, then longer, at most `longest_rest_s`.
    """

    url: str
    model: str
    key: str | None = None
    flavour: Flavour = "openai"
    system_role: bool = True
    connect_s: float = 1.0
    first_s: float = 3.0
    pause_s: float = 5.0
    total_s: float = 60.0
    concurrency: int = 4
    queue_limit: int = 8
    attempts: int = 2
    retry_s: float = 0.1
    failures: int = 3
    rest_s: float = 5.0
    longest_rest_s: float = 120.0

    def __post_init__(self) -> None:
        check_url(self.url, with_key=self.key is not None)

    def __repr__(self) -> str:
        return f"Server({self.url!r}, {self.model!r}, {self.flavour!r})"  # never the key

    @property
    def local(self) -> bool:
        """Whether it runs on this machine."""
        host = urlsplit(self.url).hostname or ""
        return host == "localhost" or _in(host, "loopback")

    def path(self, name: str) -> str:
        """The URL of an operation: "chat/completions", "completions" or "models"."""
        return f"{self.url.rstrip('/')}/{name}"


def check_url(url: str, *, with_key: bool = False) -> None:
    """Raises Refused with the rule that a base URL breaks.

    A key goes over https, or stays on this machine or a private network.
    """
    try:
        parts, rule = urlsplit(url), None
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, rule, sound = urlsplit(""), None, False
    if not sound:
        rule = "is not a URL such as https://router.example/v1"
    elif parts.username or parts.password:
        rule = "holds a name or password; a key belongs in generator_key_file"
    elif parts.query or parts.fragment:
        rule = "ends in a query or a fragment; leave it out"
    elif with_key and parts.scheme == "http" and not _near(parts.hostname or ""):
        rule = "would send the key unencrypted; use https"
    if rule:
        shown = "(hidden)" if "@" in url else repr(url)
        raise Refused(f"{shown} {rule}.", code="generator.url", hint="Correct generator_url.")


def _near(host: str) -> bool:
    return host == "localhost" or host.endswith(".local") or _in(host, "private") or _in(host, "loopback")


def _in(host: str, kind: Literal["private", "loopback"]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_private if kind == "private" else address.is_loopback
