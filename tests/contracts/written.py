"""The contracts as the code has them, made once per process and not before a test asks: that takes seconds."""

from functools import cache
from typing import Any

from doudi.contracts import documents


@cache
def contracts() -> dict[str, Any]:
    """Document by its name below contracts/."""
    return documents()
