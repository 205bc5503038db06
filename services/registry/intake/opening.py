"""A file somebody sent becomes a table, or is refused in the words of what it was to be."""

from dataclasses import dataclass

from kit.header_rows import Knows
from kit.problems import Problem
from kit.tables_in import Limits, Table, TableUnreadable, read_table


@dataclass(frozen=True)
class Refusals:
    """What is told of a kind of file as a whole: it cannot be read (`reason`), lacks columns (`missing`, `found`), or
    has more rows than one may have (`limit`)."""

    unreadable: type[Problem]
    columns_wrong: type[Problem]
    too_long: type[Problem]


def opened(  # noqa: PLR0913 - the file, what it is known by, its bounds and how it is refused
    content: bytes, knows: Knows, most: int, refusals: Refusals, *, declared: str | None = None, blanks: bool = False
) -> Table:
    """The one table of a file. `blanks`: it is filled in by hand, and rows nothing is written in do not count.
    Raises what `refusals` say, but for columns."""
    try:
        table = read_table(content, knows, declared=declared, limits=None if blanks else Limits(rows=most + 100))
    except TableUnreadable as error:
        if error.code == "too-many-rows":
            raise refusals.too_long(limit=most) from None
        raise refusals.unreadable(reason=error.zh) from None
    if table.frame.height > most:
        raise refusals.too_long(limit=most)
    return table
