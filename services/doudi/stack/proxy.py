"""nginx with the very files an operator installs (deploy/proxy): places and ports exchanged, and nothing else.

The certificate is made on the spot, signed by itself: whoever calls is told to trust this one file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
ADDRESS = "127.0.0.1"
CERTIFICATE_DAYS = 30
# Ports as deploy/proxy names them.
INSIDE = "8700"
REPLICAS: Mapping[str, Sequence[str]] = {
    "registry": ("8701", "8711"), "matcher": ("8702", "8712"), "console": ("8703", "8713"),
}  # fmt: skip


@dataclass(frozen=True)
class Doors:
    """Where the proxy listens: for callers (https, and http that leads there), and for the inside."""

    https: int
    http: int
    inside: int


def moved(text: str, places: Mapping[str, str]) -> str:
    """The text with every place exchanged. Raises ValueError for one that is not in it: the file has changed."""
    for old, new in places.items():
        if old not in text:
            raise ValueError(f"the proxy's configuration no longer says {old!r}")
        text = text.replace(old, new)
    return text


def site(folder: Path, doors: Doors) -> str:
    """deploy/proxy/doudi.conf for this machine alone."""
    places = {
        "/etc/nginx/tls": str(folder),
        "/var/log/nginx": str(folder),
        "listen 443 ssl;": f"listen {ADDRESS}:{doors.https} ssl;",
        "listen 80;": f"listen {ADDRESS}:{doors.http};",
        "    listen [::]:443 ssl;\n": "",
        "    listen [::]:80;\n": "",
    }
    return moved((DEPLOY / "proxy" / "doudi.conf").read_text(), places)


def upstreams(doors: Doors, ports: Mapping[str, Sequence[int]]) -> str:
    """deploy/proxy/upstreams.replicas.conf with the ports the replicas have here."""
    places = {f":{INSIDE};": f":{doors.inside};"}
    for service, named in REPLICAS.items():
        places |= {f":{old} ": f":{new} " for old, new in zip(named, ports[service], strict=True)}
    return moved((DEPLOY / "proxy" / "upstreams.replicas.conf").read_text(), places)


def written(folder: Path, parts: Mapping[str, str]) -> Path:
    """The configuration of a server of its own, in the foreground, made of these parts; its main file.

    nginx runs as one process: killed without warning, it leaves nobody behind who holds the port.
    """
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    for name, text in parts.items():
        (folder / f"{name}.inc").write_text(text)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log notice;\n"
        f"events {{ worker_connections 2048; }}\nhttp {{ {temporary} include {folder}/*.inc; }}\n"
    )
    return main


def make_certificate(folder: Path) -> Path:
    """tls.crt and tls.key for this machine's own address, made anew; the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ADDRESS)])
    at = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address(ADDRESS)), x509.DNSName("localhost")]
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    private = folder / "tls.key"
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate = folder / "tls.crt"
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    return certificate
