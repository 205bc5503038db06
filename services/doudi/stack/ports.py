"""Ports a stack's processes keep from start to end, also while one of them is dead."""

import random
import socket
from contextlib import ExitStack

# Below those a system lends to outgoing calls (from 32768 on Linux): one of these could sit on a dead replica's port.
LASTING = range(20_000, 32_000)
_CHANCE = random.SystemRandom()  # two processes whose chance begins alike must not draw alike


def free_ports(count: int) -> list[int]:
    """So many ports of the loopback that are free now, no two alike. Raises OSError where there are not so many."""
    found: list[int] = []
    with ExitStack() as held:
        for port in _CHANCE.sample(LASTING, len(LASTING)):
            probe = held.enter_context(socket.socket())
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
    raise OSError("no ports are free")
