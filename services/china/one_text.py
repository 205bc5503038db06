"""Patterns of whole columns for one text: the columns' engine knows Unicode's scripts by name, Python's does not.

Only for rules that exist in both forms; tests hold the two forms together, and this table to the columns' own.
"""

import re
from functools import cache
from typing import Final

_HAN: Final = (
    (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029),
    (0x3038, 0x303B), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3),
    (0x16FF0, 0x16FF1), (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D), (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF),
)  # fmt: skip
_PRIVATE: Final = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))
_CLASSES: Final = {r"\p{Han}": _HAN, r"\p{Co}": _PRIVATE}
_BRACKETED = re.compile(r"(\[(?:\\.|[^\]\\])*\])")


@cache
def pattern(column: str) -> re.Pattern[str]:
    """A column's pattern as one for a single text."""
    parts = _BRACKETED.split(column)  # those with an odd place are character classes
    return re.compile("".join(_spelled_out(part, inside=place % 2 == 1) for place, part in enumerate(parts)))


def _spelled_out(part: str, *, inside: bool) -> str:
    for name, ranges in _CLASSES.items():
        members = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
        part = part.replace(name, members if inside else f"[{members}]")
    return part if inside else part.replace("$", r"\Z")  # here `$` would stand before a last line break too
