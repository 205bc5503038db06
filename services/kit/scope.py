"""What a caller may see, as one clause that every store query carries. It fails closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Text, and_, false, not_, or_, true, type_coerce

if TYPE_CHECKING:
    from kit.auth import Caller

NATION = "000000000000"


def prefix(area: str) -> str:
    """The leading digits an area's subtree shares: level by level, two, two, two, three, three."""
    for length in (2, 4, 6, 9):
        if area[length:].strip("0") == "":
            return area[:length]
    return area


def is_area(code: str) -> bool:
    """Whether this can be an area's code at all: twelve digits, and ASCII ones."""
    return len(code) == 12 and code.isascii() and code.isdigit()


def covers(caller_area: str, area: str | None) -> bool:
    """Whether `area` lies in the subtree of `caller_area`; an unknown area lies in nobody's, and none in one that is no
    area."""
    if caller_area == NATION:
        return True
    return is_area(caller_area) and bool(area) and str(area).startswith(prefix(caller_area))


def sees(caller: Caller, area: str | None) -> bool:
    """`within` of one code: whether it, or what stands in its place today, lies in the caller's subtree."""
    if caller.area == NATION:
        return True
    return is_area(caller.area) and bool(area) and caller.lineage.holds(caller.area, str(area))


def holds(caller: Caller, asked: str, area: str) -> bool:
    """`lies_in` of one code."""
    return asked == NATION or (is_area(asked) and caller.lineage.holds(asked, area))


def within(caller: Caller, area: Any, agency: Any = None) -> ColumnElement[bool]:
    """Rows whose `area` column lies in the caller's subtree (and, if given, whose `agency` is the caller's). A code
    that is no division any more lies where its successors do."""
    place = lies_in(caller, area, caller.area)
    return place if agency is None else and_(place, agency == caller.agency)


def lies_in(caller: Caller, area: Any, asked: str) -> ColumnElement[bool]:
    """Rows whose `area` column lies in the subtree of `asked`, as divisions stand for this caller today: what a filter
    by area means. It is no scope: `within` stands beside it."""
    if not is_area(asked):
        return false()
    if asked == NATION:
        return true()
    found = [
        and_(below(area, cut.digits), *(not_(below(area, without)) for without in cut.without))
        for cut in caller.lineage.cuts(asked)
    ]
    return found[0] if len(found) == 1 else or_(*found)


def in_part(caller: Caller, area: Any, digits: str) -> ColumnElement[bool]:
    """`lies_in` by the leading digits of the part asked for; none ask for everything."""
    return lies_in(caller, area, digits.ljust(len(NATION), "0"))


def below(area: Any, digits: str) -> ColumnElement[bool]:
    """Rows whose `area` column begins with these digits, as a range: an index serves it in both databases, which of
    LIKE only some collations' do. Codes are digits, and those every collation orders alike."""
    if not digits:
        return true()
    if not (digits.isascii() and digits.isdigit()):
        return false()  # what is no area holds nothing
    if len(digits) == len(NATION):
        return cast("ColumnElement[bool]", area == digits)
    after = str(int(digits) + 1).zfill(len(digits))
    return and_(area >= digits, area < after) if len(after) == len(digits) else and_(area >= digits)


def written_within(caller: Caller, document: Any, key: str) -> ColumnElement[bool]:
    """The same for rows that keep their area under `key` of a JSON document.

    Both databases keep such a document as compact, sorted text, so the area is found by the beginning of its value.
    """
    if not is_area(caller.area):
        return false()
    if caller.area == NATION:
        return true()
    return type_coerce(document, Text).contains(f'"{key}":"{prefix(caller.area)}', autoescape=True)
