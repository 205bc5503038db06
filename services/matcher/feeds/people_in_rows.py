"""Wide lists: one row per household, and for each of its people a name and a number, one pair beside the other.

Which columns make a person is seen from their order: each name begins one, and what follows up to the next name is
theirs. So it does not matter that the same agency begins its pairs at H one month and leaves I out the next.
"""

from collections.abc import Mapping

import polars as pl

from kit.tables_in import Table, plain_header
from matcher.feeds.feed import Feed
from matcher.feeds.headers import knows, of_anybody, repeated_headers
from matcher.feeds.positions import looks_like_number

Person = Mapping[str, str]  # our column → header as sent


def people_of(table: Table, feed: Feed) -> tuple[Person, ...]:
    """The persons a row of `table` has room for, in order; none where no name is found."""
    assert feed.people is not None
    kinds, known = repeated_headers(feed), knows(feed)
    first = feed.people.columns[0]
    found: list[dict[str, str]] = []
    for header in table.headers:
        name = kinds.get(of_anybody(header)) if known(plain_header(header)) else None
        if name is None and header in table.nameless:
            name = _number_beside(table.frame[header], feed)
        if name == first:
            found.append({name: header})
        elif name is not None and found and name not in found[-1]:
            found[-1][name] = header
    return tuple(found)


def _number_beside(cells: pl.Series, feed: Feed) -> str | None:
    """A column without a header beside a name (成员1 over two columns): the number, if it holds numbers."""
    repeated = feed.people.columns if feed.people else ()
    numbers = [name for name in repeated if feed.column(name).kind in ("id_number", "card")]
    return numbers[0] if numbers and looks_like_number(cells) else None
