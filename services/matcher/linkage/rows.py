"""Two sides laid out for comparing: one fixed-size row per person or record, one entry per distinct name.

Everything a pair needs stands together in memory, so that comparing a pair costs a few reads. What may differ between
two runs (row order, file order) never enters a row: words are hashes of their bytes, not numbers in order of arrival.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.cells import NONE, Codes, Flags, Hashes, Parts, mixed, table_size
from matcher.linkage.clean import Cleaned
from matcher.linkage.kernel import Int, compiled, lent
from matcher.linkage.letters import LETTER, Letters, spell

RARITY: Final = (1e-6, 5e-6, 2e-5, 1e-4, 4e-4, 1.5e-3)  # upper bounds of name frequency for equal-1 … equal-6
RARE: Final = 4  # the last rarity of a name that few bear
STRENGTH: Final = 20_000.0  # people it takes until the count of a name outweighs the product of its characters
PLACES: Final = 4  # surname and up to three given characters; what is beyond only makes a name rarer
_PAGE: Final = 0x10000
ROW: Final = np.dtype(
    [
        ("head", np.int64),  # sixteen digits of the number, four bits each
        ("phone", np.int64),
        ("township", np.int64),
        ("village", np.int64),
        ("group", np.int64),
        ("house", np.int64),
        ("household", np.int64),
        ("name", np.int32),  # entry in Names, −1 = none
        ("person", np.int32),  # code of the id: a person may stand in several rows
        ("birth_number", np.int32),  # see `dated`; 0 = none
        ("birth_stated", np.int32),
        ("ethnic", np.int32),
        ("tail", np.int16),  # the last two characters of the number, −1 = no number
        ("sound", np.bool_),
        ("upgraded", np.bool_),
        ("sex_number", np.int8),
        ("sex_stated", np.int8),
        ("live", np.bool_),
    ],
    align=True,
)
NAME: Final = np.dtype(
    [
        ("full", np.int64),  # equal for equal names
        ("sounds", np.int64),  # equal for names that sound alike
        ("foreign", np.int64),  # equal for spellings of one foreign name
        ("start", np.int64),
        ("length", np.int32),
        ("first", np.int32),  # how the first character sounds, and
        ("last", np.int32),  # the last
        ("count", np.int32),  # people who bear it
        ("rarity", np.int8),  # 1 (almost nobody else is called so) … 7
    ],
    align=True,
)
Rows: TypeAlias = Any  # a structured array: its items have the names of its columns
Entries: TypeAlias = Any  # a structured array: its items have the names of its columns


class Names(NamedTuple):
    """Distinct cleaned names: entries and their letters, and a hash table from the name to its entry."""

    entries: Entries
    letters: Letters
    table: Codes  # open addressing by `full`, −1 = free
    shares: NDArray[np.float64]  # (PLACES, code points): how often a character stands there among the people
    total: float  # names those shares are of


@dataclass(frozen=True)
class Side:
    """One side's rows (ROW) and names (NAME), the ids beside them."""

    ids: pl.Series
    rows: Rows
    names: Names

    def __len__(self) -> int:
        return len(self.rows)


def side_of(cleaned: Cleaned) -> Side:
    """The rows of a cleaned side and its names, their rarity not yet counted."""
    spelled = spell(cleaned.names.values)
    entries, letters, table, entry_of = _gathered(
        spelled.letters, spelled.start, spelled.length, spelled.full, spelled.foreign
    )
    rows = np.zeros(len(cleaned), dtype=ROW)
    told = _Told(
        np.where(cleaned.names.codes >= 0, _at(entry_of, cleaned.names.codes), np.int32(NONE)),
        person_codes(cleaned.ids),
        cleaned.upgraded,
        cleaned.birth_stated,
        cleaned.sex_stated,
        cleaned.ethnic,
        cleaned.phone,
        cleaned.household,
    )
    _lay(rows, cleaned.numbers, told, (cleaned.township, cleaned.village, cleaned.group, cleaned.house))
    return Side(cleaned.ids, rows, Names(entries, letters, table, np.zeros((PLACES, 1)), 0.0))


class _Told(NamedTuple):
    """Columns of a cleaned side beside its numbers and places."""

    name: Codes
    person: Codes
    upgraded: Flags
    birth: Codes
    sex: NDArray[np.int8]
    ethnic: Hashes
    phone: Hashes
    household: Hashes


@compiled
def _lay(rows: Rows, numbers: Parts, told: _Told, places: tuple[Hashes, Hashes, Hashes, Hashes]) -> None:
    """Write the rows one by one: column by column all of their memory would be walked twenty times."""
    township, village, group, house = places
    for place in range(len(rows)):
        row, number = rows[place], numbers[place]
        row.name, row.person = told.name[place], told.person[place]
        row.head, row.tail, row.sound, row.upgraded = number.head, number.tail, number.sound, told.upgraded[place]
        row.birth_number, row.birth_stated = dated(number.birth), dated(told.birth[place])
        row.sex_number, row.sex_stated = number.sex, told.sex[place]
        row.township, row.village = township[place], village[place]
        row.group, row.house = group[place], house[place]
        row.phone, row.household = told.phone[place], told.household[place]
        row.ethnic = told.ethnic[place] & 0x7FFFFFFF if told.ethnic[place] >= 0 else NONE
        row.live = True


@compiled
def dated(date: Int) -> Int:
    """YYYYMMDD with four bits a digit, so that year, month and day are told apart without dividing."""
    out = np.int64(0)
    for place in range(8):
        out |= np.int64(date % 10) << 4 * place
        date //= 10
    return out


def _at(table: Codes, codes: Codes) -> Codes:
    return table[np.maximum(codes, 0)] if len(table) else np.full(len(codes), NONE, dtype=np.int32)


def person_codes(ids: pl.Series) -> Codes:
    """Equal codes for equal ids, in order of first appearance."""
    if ids.n_unique() == len(ids):
        return np.arange(len(ids), dtype=np.int32)
    dictionary = ids.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
    codes: Codes = dictionary.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    return codes


@compiled
def find_name(entries: Entries, table: Codes, full: Int) -> Int:
    """The entry of a name by its hash, −1 where nobody bears it."""
    slot = full & (len(table) - 1)
    while table[slot] >= 0:
        if entries[table[slot]].full == full:
            return table[slot]
        slot = (slot + 1) & (len(table) - 1)
    return -1


@compiled
def _gathered(
    letters: Letters, start: Hashes, length: Codes, full: Hashes, foreign: Hashes
) -> tuple[Entries, Letters, Codes, Codes]:
    """Names that are equal once cleaned brought together: entries, their letters, hash table, entry of each cell."""
    n = len(start)
    entries = np.zeros(max(n, 1), dtype=NAME)
    packed = np.zeros(max(len(letters), 1), dtype=LETTER)
    table = np.full(table_size(n), NONE, dtype=np.int32)
    entry_of = np.full(n, NONE, dtype=np.int32)
    count, used = 0, 0
    for cell in range(n):
        if length[cell] < 0:
            continue
        known = find_name(entries, table, full[cell])
        if known < 0:
            known = count
            count += 1
            entry = entries[known]
            entry.full, entry.foreign, entry.start, entry.length = full[cell], foreign[cell], used, length[cell]
            heard = np.int64(0)
            for place in range(length[cell]):
                letter = letters[start[cell] + place]
                packed[used + place] = letter
                heard = mixed(heard, np.int64(letter.main))
            entry.sounds = heard
            entry.first, entry.last = packed[used].main, packed[used + length[cell] - 1].main
            used += length[cell]
            _enter(table, full[cell], known)
        entry_of[cell] = known
    # one entry at least, so that a row without a name has something to point at
    return entries[: max(count, 1)].copy(), packed[:used].copy(), table, entry_of


@compiled
def _enter(table: Codes, full: Int, entry: Int) -> None:
    slot = full & (len(table) - 1)
    while table[slot] >= 0:
        slot = (slot + 1) & (len(table) - 1)
    table[slot] = entry


def counted(names: Names, rows: Rows) -> Names:
    """`names` with how many live rows bear each, and how rare each is among them."""
    entries = names.entries.copy()
    _count(entries, rows)
    shares, total = smoothed(*stood(entries, names.letters))
    rate(entries, names.letters, shares, total)
    return Names(entries, names.letters, names.table, shares, total)


def beside(records: Side, people: Names) -> Side:
    """The records' side with the rarity their names have among the people."""
    entries = records.names.entries.copy()
    rate(entries, records.names.letters, people.shares, people.total)
    _borrow(entries, people.entries, people.table)
    names = Names(entries, records.names.letters, records.names.table, people.shares, people.total)
    return replace(records, names=names)


@compiled
def _count(entries: Entries, rows: Rows) -> None:
    for entry in range(len(entries)):
        entries[entry].count = 0
    for row in range(len(rows)):
        if rows[row].live and rows[row].name >= 0:
            entries[rows[row].name].count += 1


@compiled
def stood(entries: Entries, letters: Letters) -> tuple[NDArray[np.float64], float]:
    """How many people have each character at each place of their name (PLACES, code points; 0 = the name is over), and
    how many people that are; both may be added up over parts of the names."""
    shares = np.zeros((PLACES, _PAGE))
    total = 0.0
    for number in range(len(entries)):
        entry = entries[number]
        total += entry.count
        for place in range(PLACES):
            char = letters[entry.start + place].char if place < entry.length else 0
            if char < _PAGE:
                shares[place, char] += entry.count
    return shares, total


@compiled
def smoothed(many: NDArray[np.float64], people: float) -> tuple[NDArray[np.float64], float]:
    """What `stood` counted as shares, none of them nought, and how many names those are of."""
    shares, total = many.copy(), people + 1.0
    for place in range(PLACES):
        kinds = 0
        for char in range(_PAGE):
            kinds += shares[place, char] > 0
        for char in range(_PAGE):
            shares[place, char] = (shares[place, char] + 0.5) / (total + 0.5 * kinds)
    return shares, total


@compiled
def rate(entries: Entries, letters: Letters, shares: NDArray[np.float64], total: float) -> None:
    """Frequency class of each name: how many others bear it, leaning on surname times given characters where counts are
    small. One of those who bear it is not counted: she is whom the record is held against, not a stranger.

    A count of one among a few thousand people says little; the product of the characters' frequencies says whether the
    name is made of common parts (马秀英) or not.
    """
    for number in range(len(entries)):
        entry = entries[number]
        expected = 1.0
        for place in range(PLACES):
            char = letters[entry.start + place].char if place < entry.length else 0
            expected *= shares[place, char] if char < _PAGE else 0.5 / total
        others = max(entry.count - 1, 0)
        frequency = (others + STRENGTH * expected) / (total + STRENGTH)
        level = 1
        for bound in RARITY:
            level += frequency > bound
        entry.rarity = level


@compiled
def _borrow(entries: Entries, known: Entries, table: Codes) -> None:
    known, table = lent(known), lent(table)
    for number in range(len(entries)):
        found = find_name(known, table, entries[number].full)
        if found >= 0:
            entries[number].rarity, entries[number].count = known[found].rarity, known[found].count


def merged(side: Side, more: Side) -> Side:
    """`more` appended to `side`: one vocabulary of names, and person codes that go on behind those of `side`."""
    entries, letters, table, entry_of = _joined(side.names, more.names)
    rows = more.rows.copy()
    rows["name"] = np.where(rows["name"] >= 0, _at(entry_of, rows["name"]), NONE)
    if len(side):
        rows["person"] += side.rows["person"].max() + 1
    names = Names(entries, letters, table, side.names.shares, side.names.total)
    return Side(pl.concat([side.ids, more.ids]), np.concatenate([side.rows, rows]), names)


@compiled
def _joined(names: Names, more: Names) -> tuple[Entries, Letters, Codes, Codes]:
    entries = np.concatenate((names.entries, more.entries))
    letters = np.concatenate((names.letters, more.letters))
    count, used = len(names.entries), len(names.letters)
    table = np.full(table_size(len(entries)), NONE, dtype=np.int32)
    for entry in range(count):
        _enter(table, entries[entry].full, entry)
    entry_of = np.empty(len(more.entries), dtype=np.int32)
    for number in range(len(more.entries)):
        theirs = more.entries[number]
        known = find_name(entries, table, theirs.full)
        if known < 0:
            known = count
            entries[count] = theirs
            entries[count].start = used + theirs.start
            _enter(table, theirs.full, count)
            count += 1
        entry_of[number] = known
    return entries[:count].copy(), letters, table, entry_of
