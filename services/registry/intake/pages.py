"""What is told of imports: which there are, and what became of the lines of one."""

from collections.abc import Sequence

from kit.paging import Page
from registry.audit.store import note
from registry.desk import Desk
from registry.intake.store import Line, One, Shelf


def newest(desk: Desk, shelf: Shelf[One, Line], page: Page, word: str) -> tuple[Sequence[One], str | None]:
    """A page of imports, newest first, and the cursor of the next; `word` binds the cursor to its list."""
    rows = shelf.page(desk.session, desk.caller, page.after(word, None), page.limit)
    last = rows[-1].import_id if rows else None
    return rows, page.onwards(word, last, full=len(rows) == page.limit)


def lines(
    desk: Desk, shelf: Shelf[One, Line], page: Page, of: tuple[str, str | None], action: str
) -> tuple[Sequence[Line], str | None]:
    """A page of an import's lines (`of`: its id, and the outcome asked for), and the cursor of the next. Raises
    NotFound. A page is one entry of the journal: which lines it told of."""
    import_id, outcome = of
    found = shelf.find(desk.session, desk.caller, import_id)
    rows = shelf.rows(desk.session, found.import_id, outcome, int(page.after("line", 0)), page.limit)
    last = rows[-1].line if rows else 0
    if rows:
        note(desk.session, desk.ring, desk.caller, action, found.import_id, first=rows[0].line, last=last)
    return rows, page.onwards("line", last, full=len(rows) == page.limit)
