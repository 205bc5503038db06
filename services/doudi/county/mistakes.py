"""Two mistakes no linkage can see, put into a county's files: only a visit finds them.

Somebody was treated on a neighbour's card, so the hospital's row names a healthy person word for word. And a death was
registered under the identity of the relative who reported it, so that a living person on the rolls counts as dead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from doudi.county import month_rows
from doudi.county.exports import Export
from doudi.county.population import Flags, Population, people_of
from doudi.county.reading import MadeOf, read_exports
from doudi.county.senders import DEATHS, HEALTH, Sender, write_down
from doudi.county.tables import places
from doudi.county.truth import said_by_rows, truth_rows
from doudi.county.writing import write_export, write_table

MISTAKE_STREAM = 11


@dataclass(frozen=True)
class Mistakes:
    """Rows put in, as "file:line" → the truth person named in them. Whose they truly are stands in truth_rows.csv."""

    lent: Mapping[str, int]
    buried: Mapping[str, int]


def make_mistakes(folder: Path, seed: int, lent: Sequence[str], buried: Sequence[str]) -> Mistakes:
    """Put one lent card into the files for each of the townships (9 digits) `lent`, one wrong death for each `buried`.

    Fewer where nobody fits. The truth of persons stays as it is: the rows are about others. Raises ValueError where
    the county was not made here.
    """
    made_of = MadeOf.read(folder)
    people = people_of(np.random.default_rng(made_of.seed).spawn(4)[0], made_of.people)
    files = read_exports(folder)
    hand = _Hand(np.random.default_rng([seed, MISTAKE_STREAM]), people, _said(people, files, made_of))
    named: list[dict[str, int]] = []
    for name, sender, towns, pick in (
        ("health.csv", HEALTH, lent, hand.lent),
        ("deaths.csv", DEATHS, buried, hand.buried),
    ):
        pairs = [pair for town in towns if (pair := pick(town)) is not None]
        first = files[name].skipped_lines + files[name].rows.height + 1
        for truly, written in pairs:
            files[name] = _written_as(hand.rng, people, files[name], sender, (truly, written))
        named.append({f"{name}:{first + at}": written + 1 for at, (_, written) in enumerate(pairs)})
        write_export(folder, files[name])
    write_table(folder / "truth_rows.csv", truth_rows(list(files.values())))
    return Mistakes(*named)


def _said(people: Population, files: Mapping[str, Export], made_of: MadeOf) -> Mapping[str, Flags]:
    """What the files say, person by person, and who stands in any of them."""
    said = said_by_rows(files, made_of.as_of)
    flags: dict[str, Flags] = {}
    for name in ("covered", "ill", "dead"):
        flags[name] = np.isin(np.arange(len(people)) + 1, said.filter(name)["person"].to_numpy())
    flags["listed"] = np.isin(np.arange(len(people)), np.concatenate([one.person for one in files.values()]))
    return flags


@dataclass(frozen=True)
class _Hand:
    """Who draws: pairs of indices, whose row it truly is and whom it names."""

    rng: np.random.Generator
    people: Population
    said: Mapping[str, Flags]

    def lent(self, town: str) -> tuple[int, int] | None:
        """Somebody ill who is covered anyway, and a healthy adult of this township nobody of whose family is listed."""
        homes = np.bincount(self.people.household, weights=self.said["listed"])
        healthy = self._in(town) & (homes[self.people.household] == 0) & (self.people.age >= 30)
        return self._pair(self.said["ill"] & self.said["covered"], healthy)

    def buried(self, town: str) -> tuple[int, int] | None:
        """Somebody dead who was not covered, and somebody alive and covered; both of this township."""
        dead = self._in(town) & self.said["dead"] & ~self.said["covered"]
        alive = self._in(town) & self.said["covered"] & ~self.said["dead"] & (self.people.age >= 30)
        return self._pair(dead, alive)

    def _in(self, town: str) -> Flags:
        return np.asarray(places().township_codes[self.people.village] == town)

    def _pair(self, truly: Flags, written: Flags) -> tuple[int, int] | None:
        owners, named = np.flatnonzero(truly), np.flatnonzero(written)
        if not len(owners) or not len(named):
            return None
        return int(self.rng.choice(owners)), int(self.rng.choice(named))


def _written_as(
    rng: np.random.Generator, people: Population, export: Export, sender: Sender, pair: tuple[int, int]
) -> Export:
    """`export` with one more row: a row of the first of the pair under the identity of the second."""
    truly, written = pair
    cards = np.full(len(people), "")  # neither list knows disability cards
    sent = write_down(rng, people, np.array([written]), sender, ("clean", cards))
    row = export.rows.filter(pl.Series(export.person == truly)).head(1)
    address = "现住址" if "现住址" in row.columns else "户籍地址"
    row = row.with_columns(
        pl.lit(str(people.name[written])).alias("姓名"),
        pl.lit(str(people.number[written])).alias("证件号码"),
        pl.lit("男" if people.sex[written] == 1 else "女").alias("性别"),
        pl.lit(str(people.birth[written])).alias("出生日期"),
        sent["address"].alias(address),
    )
    return month_rows.joined(export, row, np.array([truly]))
