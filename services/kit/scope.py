"""What a caller may see, as one clause that every store query carries. It fails closed."""

from typing import Any

from sqlalchemy import ColumnElement, and_, false, true

from kit.auth import Caller

NATION = "000000000000"


def prefix(area: str) -> str:
    """The leading digits an area's subtree shares: level by level, two, two, two, three, three."""
    for length in (2, 4, 6, 9):
        if area[length:].strip("0") == "":
            return area[:length]
    return area


def covers(caller_area: str, area: str | None) -> bool:
    """Whether `area` lies in the subtree of `caller_area`; an unknown area lies in nobody's."""
    if caller_area == NATION:
        return True
    return bool(area) and str(area).startswith(prefix(caller_area))


def within(caller: Caller, area: Any, agency: Any = None) -> ColumnElement[bool]:
    """Rows whose `area` column lies in the caller's subtree (and, if given, whose `agency` is the caller's)."""
    if len(caller.area) != 12 or not caller.area.isdigit():
        return false()
    place = true() if caller.area == NATION else area.startswith(prefix(caller.area))
    return place if agency is None else and_(place, agency == caller.agency)
