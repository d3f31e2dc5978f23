"""Tells systemd how the node is (sd_notify(3)): ready, stopping, still alive. Without it, nothing."""

import asyncio
import os
import socket
from contextlib import suppress


def tell(state: str) -> None:
    """Sends one state line, such as "READY=1"; a supervisor that is gone is no error."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.connect(address)
        to.sendall(state.encode())


async def keep_alive() -> None:
    """Feeds the watchdog at half its interval, from the loop that serves: a loop that hangs stops feeding."""
    interval_us = int(os.environ.get("WATCHDOG_USEC", "0") or 0)
    while interval_us > 0:
        tell("WATCHDOG=1")
        await asyncio.sleep(interval_us / 2_000_000)
