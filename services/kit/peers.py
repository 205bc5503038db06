"""Who is at the other end of the connection: a caller, or a reverse proxy that speaks for one.

What a proxy says of its caller (address, client certificate) is believed only of those named in `trusted_proxies`;
anybody else could write the same header. Behind no named proxy the connection itself is the caller.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from fastapi import Request

Network = IPv4Network | IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Networks separated by commas. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def connected(request: Request) -> str:
    """The address of whoever opened the connection; empty where there is none (a socket file)."""
    return request.client.host if request.client else ""


def through_proxy(request: Request, trusted: tuple[Network, ...]) -> bool:
    """Whether the connection comes from a proxy that may speak for its callers."""
    try:
        address = ip_address(connected(request))
    except ValueError:
        return False
    return any(address in network for network in trusted)


def caller_address(request: Request, trusted: tuple[Network, ...]) -> str:
    """The caller's address: what a trusted proxy wrote last into X-Forwarded-For, else the connection's."""
    if not through_proxy(request, trusted):
        return connected(request)
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(told))
    except ValueError:
        return connected(request)
