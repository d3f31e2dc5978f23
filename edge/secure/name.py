"""The names and addresses that a page may reach this node by."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# All that the authority may ever speak for, beside the names in the settings: stolen, it opens no other site.
LOCAL_NAMES = ("localhost", "local", "lan", "home.arpa", "internal")
LOCAL_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)


@dataclass(frozen=True)
class Identity:
    """What a certificate is for. Sorted, so that the same box has the same."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]

    def covers(self, other: "Identity") -> bool:
        """Whether whoever reaches the node by `other` finds it here."""
        return set(other.names) <= set(self.names) and set(other.addresses) <= set(self.addresses)


def identity(own_names: Iterable[str]) -> Identity:
    """This machine's names, with the one that it has by mDNS, and its local addresses."""
    host = hostname()
    names = {"localhost", host, f"{host.split('.')[0]}.local", *own_names}
    found = (_address(one.address) for each in psutil.net_if_addrs().values() for one in each)
    addresses = {str(one) for one in found if one is not None and local(one)}
    return Identity(tuple(sorted(names)), tuple(sorted({"127.0.0.1", "::1", *addresses})))


def hostname() -> str:
    """The machine's name in the form that certificates have."""
    return socket.gethostname().lower().rstrip(".") or "localhost"


def local(address: Address) -> bool:
    """Whether an address is one of a private network or of the machine itself."""
    return any(address in network for network in LOCAL_NETWORKS if network.version == address.version)


def _address(text: str) -> Address | None:
    """An address; link-layer ones are none, and a zone ("%eth0") is no part of it."""
    try:
        return ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return None
