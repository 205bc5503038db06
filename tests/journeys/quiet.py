"""Whether the worker has anything left to do, read where it notes its work: HTTP tells of batches, not of silence."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import col, or_, select

from doudi.home import Home
from kit.crypto import KeyRing
from kit.database import Database, reading
from kit.paging import decode_cursor
from matcher.batches.states import ENDED
from matcher.batches.tables import Batch
from matcher.leads.tables import Lead
from matcher.people.tables import STANDING, Standing
from registry.changes.store import position

LONGEST_SECONDS = 300.0  # a worker may first compile what it links with: half a minute of a core it has for itself


@dataclass
class Watch:
    """An eye on both databases of a home."""

    home: Home
    registry: Database
    matcher: Database
    ring: KeyRing

    @classmethod
    @contextmanager
    def over(cls, home: Home) -> Iterator["Watch"]:
        """Open for the block."""
        registry = home.open_registry()
        matcher = Database.open(home.matcher_settings().database_url)
        try:
            yield cls(home, registry, matcher, home.ring("registry"))
        finally:
            registry.dispose()
            matcher.dispose()

    def until_quiet(self, seconds: float = LONGEST_SECONDS) -> None:
        """Return when nothing is left to do; fails with what is left after `seconds`."""
        until = time.monotonic() + seconds
        while left := self.left():
            assert time.monotonic() < until, f"still to be done: {left}"
            time.sleep(0.05)

    def left(self) -> str:
        """What is still to be done, as a word; empty when nothing is.

        The matcher is looked at first: what it does to the registry between the two looks is then a change it has not
        seen yet. The other way round it could have told the registry, and gone to rest, with nobody the wiser.
        """
        with reading(self.matcher) as session:
            batches = list(
                session.exec(
                    select(Batch.state).where(
                        col(Batch.state).not_in((*ENDED, "needs_confirmation")),
                        or_(col(Batch.state) != "validated", col(Batch.mode) != "validate"),  # a rehearsal ends there
                    )
                )
            )
            standing = session.get(Standing, STANDING)
            unpublished = len(
                session.exec(
                    select(Lead.id).where(
                        col(Lead.version) > col(Lead.published_version), col(Lead.publish_error).is_(None)
                    )
                ).all()
            )
        with reading(self.registry) as session:
            end = position(session)
        if standing is None or standing.cursor is None:
            return "the first export"
        seen = decode_cursor(self.ring, standing.cursor)["seq"]
        found = {
            f"batches {sorted(batches)}": bool(batches),
            f"changes {seen} of {end}": seen < end,
            "linking again": standing.identities > standing.linked,
            "screening": standing.inputs > standing.screened or standing.screened_on != self.home.as_of,
            f"{unpublished} leads to publish": unpublished > 0,
            "a step": standing.leased_by is not None,
        }
        return ", ".join(word for word, due in found.items() if due)
