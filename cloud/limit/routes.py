"""How every route gets to know from where it is asked."""

import ipaddress
from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from cloud.limit.gate import asker
from cloud.settings import Settings


def give_asker(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> str:
    """The name under which tries from there are counted."""
    trusted = [ipaddress.ip_network(each) for each in settings.trusted_proxies]
    forwarded = [entry for line in request.headers.getall("x-forwarded-for", []) for entry in line.split(",")]
    return asker(request.client.host if request.client else None, forwarded, trusted)
