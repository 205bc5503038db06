"""Style sheets, scripts and the sign: each address bears what the file holds, so a browser keeps it for good, and the
pages of a new release never meet the files of an old one."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

FOLDER = Path(__file__).resolve().parent / "static"
PREFIX = "/static/"
_STAMPS = {file.name: sha256(file.read_bytes()).hexdigest()[:12] for file in sorted(FOLDER.iterdir())}


def address(name: str) -> str:
    """Where a page finds that file. Raises KeyError for one there is not: a page that names it is wrong."""
    return f"{PREFIX}{name}?v={_STAMPS[name]}"


def freshness(path: str, query: bytes) -> bytes:
    """How long a browser may keep an answer. A file for good only under its own stamp: while replicas are exchanged one
    by one, the old one is asked for the new one's file and answers with its own. Pages and all else: not at all."""
    if not path.startswith(PREFIX):
        return b"no-store"
    own = _STAMPS.get(path.removeprefix(PREFIX))
    asked = parse_qs(query.decode("latin-1")).get("v", [])
    return b"public, max-age=31536000, immutable" if own and asked == [own] else b"no-cache"
