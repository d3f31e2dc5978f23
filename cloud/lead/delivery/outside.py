"""Which addresses a webhook may be at: never the hub's own machine or network, unless that is allowed.

A name is looked up once, and the connection goes to the address that was looked at: a name that points
elsewhere a moment later (DNS rebinding) changes nothing.
"""

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from sync.errors import Refused, Unavailable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Public by number, and still the inside of somebody's cloud.
INSIDE = (ipaddress.ip_network("168.63.129.16/32"),)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Target:
    """A URL taken apart. `path` has the query."""

    secure: bool
    host: str
    port: int
    path: str


def target(url: str) -> Target:
    """The parts of a webhook's URL. Refused where it cannot be one."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _refused(url) from None
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if parts.scheme not in PORTS or not parts.hostname or not plain or "@" in parts.netloc or parts.fragment:
        raise _refused(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", parts.hostname, port, path)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks that are allowed though they are inside, such as 10.1.0.0/16. Refused where one is none."""
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError as error:
        raise Refused(f"{error}.", code="channel.network", hint="Write 10.1.0.0/16 or 10.1.2.3/32.") from None


def allowed(address: Address, inside: Sequence[Network] = ()) -> bool:
    """Whether a webhook may be there: an address of the public internet, or one of the networks given."""
    if within(address, inside):
        return True
    real = _embedded(address)
    public = real.is_global and not (real.is_multicast or real.is_reserved or real.is_unspecified)
    return public and not within(real, INSIDE)


def within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether an address is in one of the networks."""
    real = _embedded(address)
    return any(real in network for network in networks if network.version == real.version)


def pinned(to: Target, inside: Sequence[Network] = ()) -> Address:
    """The address to connect to; every address of the name has to be allowed.

    Refused `address.inside`, or `address.plain`: without TLS only into a network that is allowed. Unavailable
    where the name is not found.
    """
    found = _looked_up(to)
    for address in found:
        if not allowed(address, inside):
            raise Refused(
                f"{to.host} is at {address}, inside a network that webhooks may not reach.",
                code="address.inside",
                hint="Use a public address; an admin of the hub can allow a network of its own.",
            )
        if not to.secure and not within(address, inside):
            raise Refused(
                "Contacts do not go over the internet in the clear.", code="address.plain", hint="Use https."
            )
    return found[0]


def _looked_up(to: Target) -> list[Address]:
    try:
        rows = socket.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(
            f"{to.host} is not found ({type(error).__name__}).",
            code="address.unknown",
            hint="Check the name in the channel's URL.",
        ) from None
    return list(dict.fromkeys(ipaddress.ip_address(row[4][0]) for row in rows))


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, where it does; else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _refused(url: str) -> Refused:
    return Refused(
        f"{url[:100]!r} is no address of a webhook.",
        code="channel.url",
        hint="Write https://host/path, without user name or fragment.",
    )
