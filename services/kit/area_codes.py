"""Codes of divisions as the doors take them: twelve ASCII digits. Anything else is refused before a store is asked."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import StringConstraints

_TWELVE = r"^[0-9]{12}$"  # not \d: that takes the digits of every script
AreaCode = Annotated[str, StringConstraints(pattern=_TWELVE)]
AreaInPath = Annotated[AreaCode, Path()]
AskedArea = Annotated[AreaCode, Query(description="12-digit code")]
UnderArea = Annotated[AreaCode | None, Query(description="12-digit code; its whole subtree")]
OwnArea = Annotated[AreaCode | None, Query(description="12-digit code; the caller's own by default")]
