"""Who is at the other end of the connection: a caller, or a reverse proxy that speaks for one.

What a proxy says of its caller (address, client certificate) is believed only of those named in `trusted_proxies`;
anybody else could write the same header. Behind no named proxy the connection itself is the caller.
"""

import base64
import hashlib
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import InvalidVersion, load_pem_x509_certificate
from fastapi import Request

CERTIFICATE = "x-client-cert"  # the verified client certificate, PEM, percent-encoded as nginx writes it
LONGEST_CERTIFICATE = 16_384

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


def certificate(request: Request, trusted: tuple[Network, ...]) -> str | None:
    """The thumbprint (RFC 8705, x5t#S256) of the client certificate a trusted proxy has verified, if there was one."""
    told = request.headers.get(CERTIFICATE, "")
    if not told or len(told) > LONGEST_CERTIFICATE or not through_proxy(request, trusted):
        return None
    try:
        shown = load_pem_x509_certificate(unquote(told).encode())
    except (ValueError, InvalidVersion):
        return None
    return thumbprint(shown.public_bytes(Encoding.DER))


def thumbprint(der: bytes) -> str:
    """SHA-256 of a certificate in base64url without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")


def own_or_secure(url: str) -> str:
    """HTTPS, or plain HTTP on this machine only. Raises ValueError."""
    place = urlsplit(url)
    local = place.hostname in {"127.0.0.1", "::1", "localhost"}
    if place.scheme == "https" or (place.scheme == "http" and local):
        return url
    raise ValueError("an https address, or http on the loopback")
