"""What an agency writes down about people: the truth, with the mistakes of its clerks.

One clerk enters 400 records and makes more or fewer mistakes than the next, so errors come in clusters. Every record
keeps the list of what went wrong with it, which becomes the channel of the evaluation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from doudi.county import numbers, slips
from doudi.county.population import Flags, Ints, Population
from doudi.county.tables import Texts, places, rates

CLERK_RECORDS = 400
CLERK_SHAPE = 4.0
BLANK_FIELD = 0.02  # sex, ethnic group or village left empty, in every feed and at every level
REISSUED_CARD = 0.042
CEILING = 0.999  # no clerk errs always, however the factors multiply
NUMBER_AS_WORD = 0.2  # the rural program demands a number: a missing one is written 无

# What changes who a record seems to be; the rest (blanks, another dot) is told apart only where none of these happened.
GRAVE = (
    *("number-missing", "number-of-relative", "number-old", "number-digit", "number-swap", "number-15"),
    *("name-sound", "name-lookalike", "name-near", "name-variant", "name-edit", "name-alias", "transliteration"),
    *("birth", "sex", "village"),
)
HABITS = ("duplicate", "number-card", "number-x", "separator", "decorated")


@dataclass(frozen=True)
class Sender:
    """An agency's way of writing.

    `scale` multiplies the rates of mistakes, `habit_scale` those of omissions and other forms: civil affairs checks
    papers at the counter.
    """

    name: str
    number_missing: str  # the event of levels.csv
    scale: float = 1.0
    habit_scale: float = 1.0
    writes_cards: bool = False  # its number column holds disability card numbers


REGISTRY = Sender("registry", "number missing: civil affairs and rural", scale=0.3, habit_scale=0.5)
RURAL = Sender("rural", "number missing: civil affairs and rural")
DISABILITY = Sender("disability", "number missing: disability", writes_cards=True)
HEALTH = Sender("health", "number missing: health")
DEATHS = Sender("deaths", "number missing: health")


class Ledger:
    """Who made which mistake, record by record."""

    def __init__(self, rng: np.random.Generator, count: int, sender: Sender, level: str) -> None:
        self.rng = rng
        self.rate = rates(level)
        self.scale = sender.scale
        self.habit_scale = sender.habit_scale
        self.events: list[list[str]] = [[] for _ in range(count)]
        clerks = rng.gamma(CLERK_SHAPE, 1 / CLERK_SHAPE, count // CLERK_RECORDS + 1)
        self.clerk = np.repeat(clerks, CLERK_RECORDS)[:count]

    def befall(self, event: str, may: Flags, times: NDArray[np.float64] | float = 1.0) -> Flags:
        """Which of the records that `may` suffer it do: the clerk's own rate."""
        chance = np.minimum(self.rate[event] * self.scale * self.clerk * times, CEILING)
        return may & (self.rng.random(len(self.clerk)) < chance)

    def habit(self, event: str, may: Flags) -> Flags:
        """The same for what depends on the form and not on the clerk."""
        return may & (self.rng.random(len(self.clerk)) < self.rate[event] * self.habit_scale)

    def note(self, hit: Flags, slug: str) -> None:
        """Write `slug` beside the records hit."""
        for at in np.flatnonzero(hit):
            self.events[at].append(slug)


def write_down(
    rng: np.random.Generator, people: Population, who: Ints, sender: Sender, form: tuple[str, Texts]
) -> pl.DataFrame:
    """One record per entry of `who` (indices of people).

    `form` is (error level, card suffix per person: class and grade, empty where there is no card).
    Columns: person (index), name, id_number, sex (男 女), birth_date (YYYYMMDD), ethnic, village (index), address,
    phone, events (words joined by |); null where the record says nothing.
    """
    level, cards = form
    ledger = Ledger(rng, len(who), sender, level)
    name = _names(ledger, people, who)
    number = _id_numbers(ledger, people, who, sender, cards[who])
    birth, sex = _birth_and_sex(ledger, people, who)
    village = _villages(ledger, people, who)
    address = _addresses(ledger, people, who, village)
    phone = _phones(ledger, people, who)
    # a counter clerk cannot leave these empty: the registry's program refuses
    no_sex, no_ethnic, no_village = rng.random((3, len(who))) < (0.0 if sender is REGISTRY else BLANK_FIELD)
    ethnic = np.where(people.hui[who], "回族", "汉族")
    return pl.DataFrame(
        {
            "person": who,
            "name": name,
            "id_number": number,
            "sex": [None if gone else one for gone, one in zip(no_sex, sex, strict=True)],
            "birth_date": birth,
            "ethnic": [None if gone else one for gone, one in zip(no_ethnic, ethnic.tolist(), strict=True)],
            "village": [None if gone else one for gone, one in zip(no_village, village.tolist(), strict=True)],
            "address": address,
            "phone": phone,
            "events": ["|".join(one) for one in ledger.events],
        },
        schema_overrides={"id_number": pl.String, "phone": pl.String, "sex": pl.String, "village": pl.Int64},
    )


def _change(
    ledger: Ledger, values: list[str], hit: Flags, slug: str, how: Callable[[np.random.Generator, str], str]
) -> None:
    """Damage the values hit; a damage that leaves the text as it is did not happen."""
    for at in np.flatnonzero(hit):
        damaged = how(ledger.rng, values[at])
        if damaged != values[at]:
            values[at] = damaged
            ledger.events[at].append(slug)


NAME_SLIPS = (
    ("name: other character same sound", "name-sound", partial(slips.other_character, kind="same sound")),
    ("name: look-alike", "name-lookalike", partial(slips.other_character, kind="look-alike")),
    ("name: near sound", "name-near", partial(slips.other_character, kind="near sound")),
    ("name: traditional or variant", "name-variant", slips.traditional),
    ("name: character missing added or moved", "name-edit", slips.edited),
)


def _names(ledger: Ledger, people: Population, who: Ints) -> list[str]:
    names = [str(one) for one in people.name[who]]
    everybody = np.ones(len(who), dtype=bool)
    old_women = (people.sex[who] == 2) & (people.age[who] > 65)
    with_separator = np.array(["·" in one for one in names], dtype=bool)
    respelled = np.array([slips.has_other_spelling(one) for one in names], dtype=bool)
    for event, slug, how in NAME_SLIPS:
        _change(ledger, names, ledger.befall(event, everybody), slug, how)
    by_alias = ledger.befall("name: alias or 某氏 (women over 65 twice)", everybody, np.where(old_women, 2.0, 1.0))
    _change(ledger, names, by_alias & old_women, "name-alias", partial(slips.alias, woman_over_65=True))
    _change(ledger, names, by_alias & ~old_women, "name-alias", partial(slips.alias, woman_over_65=False))
    respelled = ledger.befall("minority name: other transliteration", respelled)
    _change(ledger, names, respelled, "transliteration", slips.transliterated)
    separated = ledger.befall("minority name: separator changed", with_separator)
    _change(ledger, names, separated, "separator", slips.separator)
    _change(ledger, names, ledger.befall("name decorated", everybody), "decorated", slips.decorated)
    return names


def _relatives(rng: np.random.Generator, people: Population, who: Ints) -> Ints:
    """For each record somebody else of the household; the person herself where she lives alone."""
    first, size = people.members()
    household = people.household[who]
    step = rng.integers(1, np.maximum(size[household], 2))
    return first[household] + (who - first[household] + step) % size[household]


def _id_numbers(ledger: Ledger, people: Population, who: Ints, sender: Sender, card: Texts) -> list[str | None]:
    value = [str(one) for one in people.number[who]]
    free = np.ones(len(who), dtype=bool)

    def strike(event: str, may: Flags) -> Flags:
        hit = ledger.befall(event, may & free)
        free[hit] = False
        return hit

    missing = strike(sender.number_missing, free)
    ledger.note(missing, "number-missing")
    relatives = _relatives(ledger.rng, people, who)
    for at in np.flatnonzero(strike("number of a household member", relatives != who)):
        value[at] = str(people.number[relatives[at]])
        ledger.events[at].append("number-of-relative")
    for at in np.flatnonzero(strike("an older number of the person", free)):
        value[at] = str(people.older_number[who[at]])
        ledger.events[at].append("number-old")
    _change(ledger, value, strike("number: one digit wrong", free), "number-digit", numbers.one_digit_wrong)
    _change(ledger, value, strike("number: two neighbours swapped", free), "number-swap", numbers.neighbours_swapped)
    if not sender.writes_cards:
        hit = strike("15-digit number", people.age[who] > 60)
        _change(ledger, value, hit, "number-15", lambda _, one: numbers.fifteen(one))
    ends_in_x = np.array([one.endswith("X") for one in value], dtype=bool) & ~missing
    hit = ledger.befall("final X written otherwise", ends_in_x)
    _change(ledger, value, hit, "number-x", numbers.x_written_otherwise)
    if sender is not REGISTRY:
        _write_cards(ledger, value, sender, card)
    as_word = ledger.rng.random(len(value)) < (NUMBER_AS_WORD if sender is RURAL else 0.0)
    empty = ["无" if word else None for word in as_word]
    return [nothing if gone else one for gone, one, nothing in zip(missing, value, empty, strict=True)]


def _write_cards(ledger: Ledger, value: list[str], sender: Sender, card: Texts) -> None:
    holders = card != ""
    if sender.writes_cards:
        hit = holders
    elif sender is RURAL:
        hit = ledger.habit("card number in the number column", holders)
        ledger.note(hit, "number-card")
    else:
        return
    reissued = ledger.rng.random(len(value)) < REISSUED_CARD
    for at in np.flatnonzero(hit):
        if len(value[at]) == 18:
            value[at] += f"{card[at]}B1" if reissued[at] else str(card[at])


def _birth_and_sex(ledger: Ledger, people: Population, who: Ints) -> tuple[list[str], list[str]]:
    everybody = np.ones(len(who), dtype=bool)
    birth = [str(one) for one in people.birth[who]]
    _change(ledger, birth, ledger.befall("birth date differs from the number", everybody), "birth", slips.other_birth)
    wrong = ledger.befall("sex differs", everybody)
    ledger.note(wrong, "sex")
    sex = np.where((people.sex[who] == 1) ^ wrong, "男", "女")
    return birth, [str(one) for one in sex]


def _villages(ledger: Ledger, people: Population, who: Ints) -> Ints:
    everybody = np.ones(len(who), dtype=bool)
    moved = ledger.befall("village differs", everybody)
    other = ledger.rng.integers(1, len(places().village_codes), len(who))
    ledger.note(moved, "village")
    return np.where(moved, (people.village[who] + other) % len(places().village_codes), people.village[who])


def _addresses(ledger: Ledger, people: Population, who: Ints, village: Ints) -> list[str]:
    land = places()
    spoken = land.spoken()[village]
    full = np.char.add(np.char.add(land.township_names[village], spoken), people.group[who])
    full = np.char.add(full, people.door[who])
    short = np.char.add(np.char.add(land.township_names[village], spoken), people.group[who])
    bare = np.char.rstrip(np.char.rstrip(spoken, "村"), "社区")
    team = np.char.add(np.char.add(bare, np.char.rstrip(people.group[who], "组")), "队")
    differs = ledger.habit("address text differs", np.ones(len(who), dtype=bool))
    ledger.note(differs, "address")
    form = np.where(differs & (ledger.rng.random(len(who)) < 0.5), team, np.where(differs, short, full))
    return [str(one) for one in form]


def _phones(ledger: Ledger, people: Population, who: Ints) -> list[str | None]:
    everybody = np.ones(len(who), dtype=bool)
    missing = ledger.habit("phone missing", everybody)
    outdated = ledger.habit("phone outdated", ~missing)
    ledger.note(missing, "phone-missing")
    ledger.note(outdated, "phone-outdated")
    other = ledger.rng.integers(13_000_000_000, 20_000_000_000, len(who))
    return [
        None if gone else str(new) if stale else str(one)
        for gone, stale, new, one in zip(missing, outdated, other, people.phone[who], strict=True)
    ]


def channel(events: str) -> str:
    """The one error a record is counted under: none, its single grave error, `several`, or a mere habit of writing."""
    happened = events.split("|")
    grave = [one for one in GRAVE if one in happened]
    if len(grave) > 1:
        return "several"
    if grave:
        return grave[0]
    return next((one for one in HABITS if one in happened), "none")
