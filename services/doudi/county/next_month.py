"""The county a month later: what the townships' answers brought about, and what a month brings by itself.

Same people, same files; the rows nobody touched are word for word those of the month before.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from doudi.county import month_rows, tables
from doudi.county.circumstances import circumstances_of
from doudi.county.exports import Export, Scene
from doudi.county.month_draws import Draws, Standing, draw_month
from doudi.county.population import Flags, Ints, Population, people_of
from doudi.county.reading import MadeOf, read_exports
from doudi.county.truth import EXPECT_DEAD, EXPECT_UNCOVERED, said_by_rows, truth_from_rows, truth_rows
from doudi.county.writing import write_export, write_table

MONTH_STREAM = 7  # keeps a month's chance apart from the county's own, whatever seed both bear


@dataclass(frozen=True)
class Answers:
    """What the townships found, by truth person number (1 …); people in none of these may be befallen by anything.

    `admitted`: applied and were found entitled, with the form: household, single (低保), institution, home (特困).
    `stopped`: support is to end. `denied`: left without support for the time being (08, 09, 13). `settled`: anybody
    else whose case was answered.
    Of the admitted, `refused` are turned down at the county after all; of the stopped, `still_paid` stay on the rolls;
    of the denied, `renewed` fall seriously ill: new facts.
    """

    admitted: Mapping[int, str] = field(default_factory=dict)
    stopped: Collection[int] = ()
    denied: Collection[int] = ()
    settled: Collection[int] = ()
    refused: int = 1
    still_paid: int = 1
    renewed: int = 1


@dataclass(frozen=True)
class MonthSummary:
    """What the month brought. Persons by truth person number, ascending; households by 户编号."""

    folder: Path
    as_of: date
    rows: dict[str, int]  # by file
    expected: dict[str, int]  # uncovered-at-risk, covered-but-dead
    admitted: tuple[int, ...]  # of the answers; their families are in `entered`
    entered: tuple[int, ...]  # everybody who came onto the rolls
    refused: tuple[int, ...]
    stopped: tuple[int, ...]
    still_paid: tuple[int, ...]
    renewed: tuple[int, ...]
    ended: tuple[int, ...]  # support that ran out
    cards: tuple[int, ...]
    illnesses: tuple[int, ...]
    deaths: tuple[int, ...]
    monitored: tuple[str, ...]  # households
    risks_removed: tuple[str, ...]  # households
    gone: dict[str, tuple[int, ...]]  # persons whose rows an agency no longer sends, by file
    corrected: dict[str, int]  # rows, by file


def make_next_month(before: Path, after: Path, seed: int, answers: Answers) -> MonthSummary:
    """Write the county of `before` (made by `make_county`, or by this) as it stands a month later into `after`.

    All files but payments.csv and the linkage set. The same arguments give the same bytes. Raises ValueError where
    `before` was not made here, where an answer names nobody there is, or names an unknown form.
    """
    made_of = MadeOf.read(before)
    _check(answers, made_of.people)
    population, lives, *_ = np.random.default_rng(made_of.seed).spawn(4)
    people = people_of(population, made_of.people)
    scene = Scene(people, circumstances_of(lives, people), made_of.level)
    files = read_exports(before)
    names = pl.read_csv(before / "truth_people.csv", infer_schema=False)
    rng = np.random.default_rng([seed, MONTH_STREAM, made_of.as_of.toordinal()])
    now = replace(made_of, as_of=_month_after(made_of.as_of))
    brought = _bring(rng, scene, files, answers, made_of.as_of)
    after.mkdir(parents=True, exist_ok=True)
    for export in brought.files.values():
        write_export(after, export)
    (after / "areas.csv").write_bytes((before / "areas.csv").read_bytes())
    truth = truth_from_rows(people, brought.files, now.as_of, names)
    write_table(after / "truth_rows.csv", truth_rows(list(brought.files.values())))
    write_table(after / "truth_people.csv", truth)
    now.write(after)
    expected = {kind: int((truth["expected"] == kind).sum()) for kind in (EXPECT_UNCOVERED, EXPECT_DEAD)}
    return brought.summary(after, now.as_of, expected)


def _check(answers: Answers, people: int) -> None:
    unknown = {*answers.admitted, *answers.stopped, *answers.denied, *answers.settled} - set(range(1, people + 1))
    if unknown:
        raise ValueError(f"the county has {people} people: nobody is number {min(unknown)}")
    if wrong := set(answers.admitted.values()) - set(month_rows.FORMS):
        raise ValueError(f"unknown form {min(wrong)!r}: one of {', '.join(month_rows.FORMS)}")


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class _Decided:
    """Indices of persons: what became of the answers."""

    admitted: dict[int, str]
    refused: Ints
    stopped: Ints
    still_paid: Ints
    renewed: Ints


@dataclass(frozen=True)
class _Brought:
    """The files of the new month and what happened on the way."""

    files: dict[str, Export]
    decided: _Decided
    draws: Draws
    entered: Ints
    corrected: dict[str, int]

    def summary(self, folder: Path, as_of: date, expected: dict[str, int]) -> MonthSummary:
        """The same in truth person numbers."""
        draws, decided = self.draws, self.decided
        return MonthSummary(
            folder=folder,
            as_of=as_of,
            rows={name: export.rows.height for name, export in self.files.items()},
            expected=expected,
            admitted=_numbered(np.array(sorted(decided.admitted), dtype=np.int64)),
            entered=_numbered(self.entered),
            refused=_numbered(decided.refused),
            stopped=_numbered(decided.stopped),
            still_paid=_numbered(decided.still_paid),
            renewed=_numbered(decided.renewed),
            ended=_numbered(draws.ended),
            cards=_numbered(draws.cards),
            illnesses=_numbered(draws.illnesses),
            deaths=_numbered(draws.deaths),
            monitored=draws.monitored,
            risks_removed=draws.risks_removed,
            gone={name: _numbered(who) for name, who in draws.gone.items()},
            corrected=self.corrected,
        )


def _numbered(who: Ints) -> tuple[int, ...]:
    return tuple((np.sort(who) + 1).tolist())


def _decide(rng: np.random.Generator, people: Population, answers: Answers) -> _Decided:
    """Who of those answered meets another fate than the township thought; never the only one of a kind.

    Nobody whose family is admitted whole is refused or left out: they would be on the rolls by the family's row.
    """
    homes = np.bincount(people.household[_indices(answers.admitted)], minlength=int(people.household.max()) + 1)

    def pick(among: Ints, count: int) -> Ints:
        return np.sort(rng.permutation(among)[: max(count, 0)])

    asked, stopped, denied = _indices(answers.admitted), _indices(answers.stopped), _indices(answers.denied)
    alone, outside = asked[homes[people.household[asked]] == 1], denied[homes[people.household[denied]] == 0]
    refused = pick(alone, min(answers.refused, len(asked) - 1))
    still_paid = pick(stopped, min(answers.still_paid, len(stopped) - 1))
    forms = {one - 1: form for one, form in answers.admitted.items() if one - 1 not in set(refused.tolist())}
    return _Decided(forms, refused, np.setdiff1d(stopped, still_paid), still_paid, pick(outside, answers.renewed))


def _indices(numbers: Collection[int]) -> Ints:
    return np.array(sorted(numbers), dtype=np.int64) - 1


@dataclass(frozen=True)
class _Fate:
    """All that is decided before any row is touched, and the month (its first day) in which it happened."""

    decided: _Decided
    draws: Draws
    month: date


def _bring(rng: np.random.Generator, scene: Scene, files: dict[str, Export], answers: Answers, month: date) -> _Brought:
    decided = _decide(rng, scene.people, answers)
    draws = draw_month(rng, scene.people, files, _standing(scene.people, files, answers, month))
    draws = replace(draws, illnesses=np.sort(np.concatenate([draws.illnesses, decided.renewed])))
    files = dict(files)
    for name, who in draws.gone.items():
        files[name] = month_rows.without(files[name], np.isin(files[name].person, who))
    rural = files["rural.xlsx"]
    rural = month_rows.without(rural, month_rows.of_households(rural, draws.gone_households))
    rural = month_rows.newly_monitored(rng, rural, draws.monitored)
    relieved = month_rows.of_households(rural, draws.risks_removed)
    files["rural.xlsx"] = month_rows.altered(rural, relieved, "风险是否消除", "是")
    altered: dict[str, int] = {}
    for name, who in draws.corrected.items():
        files[name], altered[name] = month_rows.corrected(files[name], scene.people, who, scene.life.card_suffix)
    for name, export in month_rows.news(rng, scene, draws, month).items():
        files[name] = month_rows.joined(files[name], export.rows, export.person)
    fate = _Fate(decided, draws, month)
    files["registry.xlsx"], entered = _on_the_rolls(rng, scene, files, fate)
    return _Brought(files, decided, draws, entered, altered)


def _standing(people: Population, files: dict[str, Export], answers: Answers, month: date) -> Standing:
    said = said_by_rows(files, month)

    def flags(name: str) -> Flags:
        marked = np.zeros(len(people), dtype=bool)
        who = said.filter(pl.col(name) & (pl.col("person") <= len(people)))["person"].to_numpy() - 1
        marked[who] = True
        return marked

    answered = np.zeros(len(people), dtype=bool)
    for number in (*answers.admitted, *answers.stopped, *answers.denied, *answers.settled):
        answered[number - 1] = True
    at_risk = flags("severe") | flags("ill") | flags("monitored")
    return Standing(flags("covered"), at_risk, flags("dead"), answered)


def _on_the_rolls(rng: np.random.Generator, scene: Scene, files: dict[str, Export], fate: _Fate) -> tuple[Export, Ints]:
    """The registry of the new month: support that ended, people who came onto the rolls, its own title and total."""
    registry, month = files["registry.xlsx"], fate.month
    off = np.concatenate([fate.decided.stopped, fate.draws.ended])
    running = (registry.rows["停保年月"] == "").to_numpy() & np.isin(registry.person, off)
    registry = month_rows.altered(registry, running, "停保年月", month.strftime("%Y%m"))
    dead = np.isin(np.arange(len(scene.people)), files["deaths.csv"].person)
    living = replace(scene, life=replace(scene.life, died=np.where(dead, "died", "")))
    after = _month_after(month)
    registry, entered = month_rows.admitted(rng, living, registry, fate.decided.admitted, after.strftime("%Y%m"))
    title = f"{tables.places().county}低收入人口信息表（{after.year}年{after.month}月）"
    return replace(registry, title=title, total=f"合计：{registry.rows.height}人"), entered
