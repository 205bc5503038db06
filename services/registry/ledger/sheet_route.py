"""One address, two bodies: outcomes come as JSON, or as the list filled in and sent back.

The media type chooses the endpoint; the contract describes both with the JSON one.
"""

from typing import Any

from starlette.routing import Match
from starlette.types import Scope

from kit.sheets_out import XLSX
from registry.table import IdempotentRoute

SHEET_TYPES = (XLSX, "application/vnd.ms-excel", "text/csv")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
# For the JSON endpoint's `openapi_extra` and `responses`.
SHEET_BODY: dict[str, Any] = {"requestBody": {"content": dict.fromkeys(SHEET_TYPES, _BINARY)}}
SHEET_ANSWER: dict[str, Any] = {"content": {XLSX: _BINARY}}


class SheetRoute(IdempotentRoute):  # type: ignore[valid-type,misc]  # a class made by a function
    """Steps aside for JSON: the endpoint behind it answers that."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, except for calls whose body is JSON."""
        match, child = super().matches(scope)
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        is_json = kind == b"application/json" or kind.endswith(b"+json")
        return (Match.NONE, {}) if is_json and match is Match.FULL else (match, child)
