"""Watch every outgoing connection of this process, below any library, with an audit hook."""

import ipaddress
import socket
import sys
from typing import Any

_EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}
_LOCAL = {"127.0.0.1", "localhost", "", None}


class NetworkTouched(AssertionError):
    """Something tried to reach a network."""


class Guard:
    """What is let through just now, and every attempt that was not."""

    def __init__(self) -> None:
        self.local_allowed = True
        self.attempts: list[str] = []

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in _EVENTS:
            return
        if event == "socket.getaddrinfo":
            host = args[0].decode() if isinstance(args[0], bytes) else args[0]
        else:
            if getattr(args[0], "family", None) == socket.AF_UNIX or args[1] is None:
                return
            host = args[1][0]
        if self.local_allowed and (host in _LOCAL or _is_loopback(str(host))):
            return
        self.attempts.append(f"{event} {host}")
        raise NetworkTouched(f"{event} {host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host) == ipaddress.ip_address("127.0.0.1")
    except ValueError:
        return False


GUARD = Guard()


def start() -> None:
    """Begin to watch; an audit hook stays for the life of the process."""
    sys.addaudithook(GUARD.hook)
