"""A port to listen on: the one that is asked for, or any that is free."""

import errno
import socket

from sync.errors import Conflict, Refused


def free_port(host: str, port: int) -> int:
    """The port, or one that the system chooses for 0. Conflict when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} is taken.", code="port.taken", hint=f"Choose another: --port {port + 1}."
            ) from None
        raise Refused(
            f"Cannot listen on {host}:{port}: {error.strerror}.", code="port.unusable", hint="Check --host."
        ) from None
