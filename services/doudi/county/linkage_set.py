"""People, feed and truth for `doudi link`: half of a county is known, the agencies' records are to be placed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from doudi.county.population import Flags, Ints, Population
from doudi.county.senders import DEATHS, DISABILITY, HEALTH, REGISTRY, RURAL, Sender, channel, write_down
from doudi.county.tables import Floats, Texts, places, rates

KNOWN = 0.5  # share of households in the people list
RECORDS = 30_000 / 118_000  # records per person of the county
KNOWN_PULL = 1.35  # agencies meet the households civil affairs knows more often
UNRESOLVED_VILLAGE = 0.15  # an address no village could be read from
NO_BIRTH_DATE = 0.03  # where the export has the column
DATELESS_VILLAGES = 0.5  # whose rural list and card list come without the column 出生日期
TOWNSHIP_ONLY = 0.5  # of the card list: 乡镇 is all the place there is


@dataclass(frozen=True)
class LinkageSet:
    """Frames in the form of `doudi link`: people and feed with IDENTITY columns; truth feed_id, person_id (null where
    nobody in the list), channel, source (the agency) and events (all that went wrong, joined by |)."""

    people: pl.DataFrame
    feed: pl.DataFrame
    truth: pl.DataFrame

    def write(self, folder: Path) -> None:
        """people.parquet, feed.parquet, truth.parquet."""
        for name in ("people", "feed", "truth"):
            frame: pl.DataFrame = getattr(self, name)
            frame.write_parquet(folder / f"{name}.parquet")


def linkage_set(
    rng: np.random.Generator, people: Population, form: tuple[str, Texts], records: int | None = None
) -> LinkageSet:
    """About `records` records about `people`; `form` as in `write_down`."""
    households = int(people.household.max()) + 1
    known_household = rng.random(households) < KNOWN
    known = np.flatnonzero(known_household[people.household])
    listed = write_down(rng, people, known, REGISTRY, form)
    roster = rng.permutation(households)
    person_ids = np.char.add("P", np.char.zfill(rng.permutation(len(people)).astype("U7"), 7))
    numbers = np.char.add("DB", np.char.zfill(roster[people.household[known]].astype("U8"), 8))
    people_frame = _identity(listed, pl.Series(person_ids[known]), pl.Series(numbers))
    sent, source = _records(rng, people, known_household, form, records or round(len(people) * RECORDS))
    feed_ids = pl.Series(np.char.add("F", np.char.zfill(np.arange(sent.height).astype("U7"), 7)))
    theirs = rng.permutation(households)
    # who stands twice in the rural list stands in two rosters: counted with her parents and with her husband's family
    beside = np.where(sent["events"].str.contains("duplicate").to_numpy(), 1, 0)
    roster_of = theirs[(people.household[sent["person"].to_numpy()] + beside) % households]
    household = pl.Series(np.char.add("RU", np.char.zfill(roster_of.astype("U8"), 8)))
    who = sent["person"].to_numpy()
    feed = _as_exported(rng, _identity(sent, feed_ids, household), pl.Series(source), people.village[who])
    # nobody misstates a date on a form that does not ask for it
    dated = feed["birth_date"].is_not_null().to_list()
    events = [
        "|".join(word for word in one.split("|") if known_date or word != "birth")
        for one, known_date in zip(sent["events"], dated, strict=True)
    ]
    here = pl.Series(known_household[people.household[who]])
    truth = pl.DataFrame(
        {
            "feed_id": feed_ids,
            "person_id": pl.select(pl.when(here).then(pl.Series(person_ids[who])).otherwise(None)).to_series(),
            "channel": [channel(one) for one in events],
            "source": source,
            "events": events,
        }
    )
    return LinkageSet(people_frame.sample(fraction=1, shuffle=True, seed=int(rng.integers(2**31))), feed, truth)


def _as_exported(rng: np.random.Generator, feed: pl.DataFrame, source: pl.Series, village: Ints) -> pl.DataFrame:
    """`feed` without what the agencies' layouts do not carry: only the rural list knows households, the rural and the
    card list have a birth date in some townships only, an address often names no village a program can resolve."""
    dateless = rng.random(len(places().village_codes)) < DATELESS_VILLAGES
    layout = pl.Series(dateless[village]) & source.is_in(["rural", "disability"])
    gone = layout | pl.Series(rng.random(feed.height) < NO_BIRTH_DATE)
    township = (source == "disability") & pl.Series(rng.random(feed.height) < TOWNSHIP_ONLY)
    unresolved = pl.Series(rng.random(feed.height) < UNRESOLVED_VILLAGE)
    place = pl.when(township).then(pl.col("division").str.slice(0, 9) + "000").otherwise("division")
    return feed.with_columns(
        household=pl.when(source == "rural").then(pl.col("household")),
        division=pl.when(~unresolved).then(place),
        birth_date=pl.when(~gone).then(pl.col("birth_date")),
    )


def _records(
    rng: np.random.Generator, people: Population, known: Flags, form: tuple[str, Texts], wanted: int
) -> tuple[pl.DataFrame, list[str]]:
    pull = np.where(known, KNOWN_PULL, 1.0)
    weight = pull[people.household]
    turn = rng.permutation(len(known)) / pull
    ranked = np.argsort(turn[people.household], kind="stable")  # whole households, known ones rather first
    age = people.age
    lots: list[tuple[Sender, Ints]] = [(RURAL, np.sort(ranked[: round(wanted * 0.62)]))]
    holders = np.flatnonzero(form[1] != "")
    lots.append((DISABILITY, _draw(rng, holders, weight[holders], round(wanted * 0.11))))
    everybody = np.arange(len(people))
    ill = weight * np.interp(age, [0, 40, 90], [0.3, 1, 2])
    lots.append((HEALTH, _draw(rng, everybody, ill, round(wanted * 0.15))))
    lots.append((DEATHS, _draw(rng, everybody, weight * np.exp(age / 16.0), round(wanted * 0.12))))
    frames: list[pl.DataFrame] = []
    source: list[str] = []
    for sender, who in lots:
        again = who[rng.random(len(who)) < rates(form[0])["same person twice in a feed"]]
        frame = write_down(rng, people, np.concatenate([who, again]), sender, form)
        twice = pl.Series([""] * len(who) + ["|duplicate"] * len(again), dtype=pl.String)
        frame = frame.with_columns(events=(pl.col("events") + twice).str.strip_chars("|"))
        if sender is not RURAL:
            frame = frame.sample(fraction=1, shuffle=True, seed=int(rng.integers(2**31)))
        frames.append(frame)
        source += [sender.name] * frame.height
    return pl.concat(frames), source


def _draw(rng: np.random.Generator, among: Ints, weight: Floats, count: int) -> Ints:
    count = min(count, len(among))
    if not count:  # no shares can be made of nobody
        return among[:0]
    return np.asarray(rng.choice(among, count, replace=False, p=weight / weight.sum()))


def _identity(sent: pl.DataFrame, ids: pl.Series, household: pl.Series) -> pl.DataFrame:
    """The IDENTITY columns of matcher.frames from what was written down."""
    codes = pl.Series(places().village_codes)
    division = pl.col("village").replace_strict(list(range(len(codes))), codes)
    stated = ["name", "id_number", "sex", "birth_date", "ethnic"]
    return sent.select(
        ids.alias("id"), *stated, division.alias("division"), "address", "phone", household.alias("household")
    )
