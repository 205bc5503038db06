"""What the screens say of everybody: looked at as a whole, or, where this process looked before, only again at some.

Everybody's rows are made anew each time, as whole columns; a print of them tells who has others than last time, and
only these and whom they touch (screens/again.py) are judged again.
"""

from dataclasses import dataclass, replace

import polars as pl

from matcher.flows.subject_prints import moved, printed
from matcher.screens.again import Judged, Screened, Terms, judge
from matcher.screens.columns.known import kinds_told

# Above both, a turn costs as much as the whole does: what changed since the whole is held beside what was then.
MOST_CHANGED, FEW = 0.2, 1000  # of everybody; people


@dataclass(frozen=True)
class World:
    """Everybody and all that is known: PERSON, COVERAGE, FACT."""

    persons: pl.DataFrame
    covered: pl.DataFrame
    known: pl.DataFrame

    def prints(self) -> pl.DataFrame:
        """Of each subject's rows."""
        persons = self.persons.unique("subject_id", keep="first", maintain_order=True)
        return printed(persons, self.covered, self.known)

    def of(self, subjects: pl.Series) -> "World":
        """The rows of these."""
        mine = pl.col("subject_id").is_in(subjects.implode())
        return World(self.persons.filter(mine), self.covered.filter(mine), self.known.filter(mine))


@dataclass(frozen=True)
class _Warm:
    """What looking again in part needs: who had which rows, and how many subjects' have changed since the whole."""

    screened: Screened
    prints: pl.DataFrame
    kinds: frozenset[str]
    changed: int


@dataclass(frozen=True)
class Looked:
    """What the screens say of everybody, and how many people were judged for it. `warm`: None where there are more
    people than this process may keep, and where nobody looks a second time."""

    judged: Judged
    looked_at: int
    whole: bool
    warm: _Warm | None

    def again(self, world: World, terms: Terms) -> "Looked | None":
        """The same of the world as it is now; None where the whole is to be looked at."""
        warm = self.warm
        if warm is None or not _same(warm.screened.terms, terms):
            return None
        # Whether a kind was ever told at all decides of everybody who lacks it.
        if kinds_told(world.covered, world.known) != warm.kinds:
            return None
        prints = world.prints()
        who = moved(warm.prints, prints)
        changed = warm.changed + who.len()
        if changed > max(FEW, MOST_CHANGED * prints.height) or who.null_count():  # a row of nobody is anybody's
            return None
        if not who.len():
            return replace(self, looked_at=0, whole=False)
        rows = world.of(who)
        warm.screened.terms = terms
        turn = warm.screened.turn(who.to_list(), rows.persons, rows.covered, rows.known)
        others = ~pl.col("subject_id").is_in(list(turn.touched))
        judged = Judged(
            pl.concat([self.judged.findings.filter(others), turn.judged.findings]).sort("subject_id", "screen"),
            pl.concat([self.judged.people.filter(others), turn.judged.people]),
        )
        return Looked(judged, len(turn.touched), False, replace(warm, prints=prints, changed=changed))


def look(world: World, terms: Terms) -> Judged:
    """What the screens say of everybody; nothing is kept for another time."""
    return judge(world.persons, world.covered, world.known, terms)


def look_and_keep(world: World, terms: Terms, before: Looked | None, most: int) -> Looked:
    """What the screens say of everybody, looking only at those it touches where `before` still holds. Of more than
    `most` people nothing is kept warm. A turn alters `before`: it is of no use afterwards."""
    again = before.again(world, terms) if before is not None else None
    if again is not None:
        return again
    judged, people = look(world, terms), world.persons.height
    if people > most:
        return Looked(judged, people, True, None)
    screened = Screened(world.persons, world.covered, world.known, terms)
    warm = _Warm(screened, world.prints(), kinds_told(world.covered, world.known), 0)
    return Looked(judged, people, True, warm)


def _same(before: Terms, now: Terms) -> bool:
    """Whether people are judged by the same day, values and screens; areas may come and go."""
    if (before.as_of, before.screens, before.told) != (now.as_of, now.screens, now.told):
        return False
    were = {area: group.parameters for group in before.groups for area in group.areas}
    return all(were.get(area, group.parameters) == group.parameters for group in now.groups for area in group.areas)
