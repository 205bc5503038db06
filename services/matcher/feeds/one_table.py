"""A sheet is one table: the header of a second one below it is nobody's row, and its rows are not the first's."""

from kit.tables_in import Table, TableUnreadable, plain_header
from matcher.feeds.feed import Feed


def check_one_table(table: Table, feed: Feed) -> None:
    """Raises TableUnreadable where a row consists of headers, but other ones than those of the table."""
    known = {plain_header(header) for header in feed.known_headers}
    own = [header for header in table.headers if plain_header(header) in known]
    if len(own) < 2:
        return
    written = [*known, *feed.known_headers]
    first = [table.frame[header].is_in(written) for header in own[:2]]
    rows = table.frame.filter((first[0] | first[1]).fill_null(False))
    for line, *cells in rows.select("line", *own).head(1000).iter_rows():
        filled = [cell for cell in cells if cell is not None]
        if len(filled) > 1 and all(plain_header(cell) in known for cell in filled):
            raise TableUnreadable("second-table", line=line)
