"""The topology of production on one machine, of processes: PostgreSQL, the proxy, two of each service, two workers.

What each process is told comes from `deploy/`, the files an operator installs; only places and addresses are others.
"""

from doudi.stack.running import Order, Stack, raised

__all__ = ["Order", "Stack", "raised"]
