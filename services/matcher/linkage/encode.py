"""Turn cleaned text into small integers, once over both sides, so that every later step works on numpy arrays.

Equal values get equal codes; -1 is "missing". What a value needs for being compared with another (characters of a name,
digits of a number) is laid out once per *distinct* value in `Names` and `Numbers`, never once per row or per pair.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.linkage.sounds import sounds_of

Codes = NDArray[np.int32]
WIDTH: Final = 16  # characters of a name that are compared; a longer name is equal or not by its code
RARITY: Final = (2e-5, 1e-4, 4e-4, 1.5e-3)  # upper bounds of name frequency for the levels equal-1 … equal-4


@dataclass(frozen=True)
class Side:
    """One side's rows as codes; every array has one entry per row, -1 (dates: 0) where missing."""

    ids: pl.Series
    person: Codes  # code of the id: a person may stand in several rows
    name: Codes
    number: Codes
    upgraded: NDArray[np.bool_]  # the agency sent fifteen digits, so no check digit vouches for them
    birth_number: Codes  # YYYYMMDD out of the number, 0 = none
    birth_stated: Codes  # YYYYMMDD as the agency stated it, 0 = none
    sex_number: NDArray[np.int8]  # 1 male, 2 female, 0 = none
    sex_stated: NDArray[np.int8]
    ethnic: Codes
    township: Codes
    village: Codes  # village name: rarely the same in two townships, and addresses often leave the township out
    group: Codes
    house: Codes
    phone: Codes
    household: Codes

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Names:
    """Distinct cleaned names, row = code: characters, sounds, length, and how rare the name is."""

    characters: NDArray[np.uint32]  # (names, WIDTH), 0 = beyond the end
    sounds: Codes  # (names, WIDTH) toneless syllable of each character, 0 = beyond the end
    other_sounds: Codes  # the second reading of a polyphone, else the same as `sounds`
    near_sounds: Codes  # syllable with zh/z, ng/n, l/n … folded together
    length: NDArray[np.int16]
    key: Codes  # equal for names that sound alike; blocking joins on it
    surname: Codes  # sound of the first character
    foreign: Codes  # equal for spellings of one foreign name
    rarity: NDArray[np.int8]  # 1 (almost nobody else is called so) … 5
    spelled: list[str]  # the sounds as one word, for names of minorities, compared as a whole


@dataclass(frozen=True)
class Numbers:
    """Distinct ID numbers, row = code: eighteen digits (X = 10) and whether the number is sound."""

    digits: NDArray[np.uint8]
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class Encoded:
    """Both sides with the vocabularies they share."""

    people: Side
    records: Side
    names: Names
    numbers: Numbers


def codes(left: pl.Series, right: pl.Series) -> tuple[Codes, Codes, pl.Series]:
    """Shared codes of two text columns and the distinct values in order of first appearance; null → -1."""
    encoded = pl.concat([left.rename("v"), right.rename("v")]).to_arrow(compat_level=pl.CompatLevel.oldest())
    dictionary = encoded.dictionary_encode()
    numbers = dictionary.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    values = pl.Series("v", dictionary.dictionary)
    return numbers[: len(left)], numbers[len(left) :], values


def encode(people: pl.DataFrame, records: pl.DataFrame) -> Encoded:
    """Encode two cleaned frames (see `clean.CLEAN`). Name rarity is counted on the people alone, so that a record
    scores the same on its own and within a batch."""
    shared: dict[str, tuple[Codes, Codes]] = {}
    values: dict[str, pl.Series] = {}
    for column in _SHARED:
        ours, theirs, values[column] = codes(people[column], records[column])
        shared[column] = (ours, theirs)
    sides = [
        Side(
            ids=frame["id"],
            person=codes(frame["id"], frame["id"].head(0))[0],
            upgraded=frame["upgraded"].to_numpy(),
            birth_number=_ints(frame["birth_number"]),
            birth_stated=_ints(frame["birth_stated"]),
            sex_number=_ints(frame["sex_number"]).astype(np.int8),
            sex_stated=_ints(frame["sex_stated"]).astype(np.int8),
            **{column: shared[column][place] for column in _SHARED},
        )
        for place, frame in enumerate((people, records))
    ]
    names = _names(values["name"], shared["name"][0], people, records)
    return Encoded(sides[0], sides[1], names, _numbers(values["number"], people, records))


_SHARED: Final = ("name", "number", "ethnic", "township", "village", "group", "house", "phone", "household")


def _ints(column: pl.Series) -> Codes:
    return column.fill_null(0).cast(pl.Int32).to_numpy()


def characters(names: pl.Series) -> NDArray[np.uint32]:
    """The code points of each name, WIDTH to a row, 0 beyond its end."""
    if not len(names):
        return np.zeros((0, WIDTH), dtype=np.uint32)
    wide = np.array(names.to_list(), dtype=f"<U{WIDTH}")
    return wide.view(np.uint32).reshape(len(names), WIDTH)


def _names(values: pl.Series, counted: Codes, people: pl.DataFrame, records: pl.DataFrame) -> Names:
    columns = ["name", "syllables", "foreign"]
    known = pl.concat([people.select(columns), records.select(columns)]).unique("name", keep="first")
    spoken = pl.DataFrame({"name": values}, schema={"name": pl.String}).join(
        known, on="name", how="left", maintain_order="left"
    )
    table = characters(values)
    heard = sounds_of(table, spoken["syllables"])
    key = np.zeros(0, dtype=np.int64)
    if len(table):
        _, key = np.unique(heard.main, axis=0, return_inverse=True)
    return Names(
        characters=table,
        sounds=heard.main,
        other_sounds=heard.other,
        near_sounds=heard.near,
        length=(table != 0).sum(axis=1).astype(np.int16),
        key=key.astype(np.int32).reshape(-1),
        surname=heard.main[:, 0],
        foreign=spoken["foreign"].rank("dense").fill_null(0).to_numpy().astype(np.int32),
        rarity=_rarity(table, counted),
        spelled=spoken["syllables"].fill_null(values).to_list(),
    )


def _rarity(table: NDArray[np.uint32], counted: Codes) -> NDArray[np.int8]:
    """Frequency class of each name: what is counted, leaning on surname times given characters where counts are small.

    A count of one among a few thousand people says little; the product of the characters' frequencies says whether the
    name is made of common parts (马秀英) or not.
    """
    counts = np.bincount(counted[counted >= 0], minlength=len(table)).astype(np.float64)
    total = counts.sum() + 1.0
    expected = np.ones(len(table))
    for place in range(4):  # surname and up to three given characters; what is beyond only makes a name rarer
        letters, inverse = np.unique(table[:, place], return_inverse=True)
        share = np.bincount(inverse.reshape(-1), weights=counts, minlength=len(letters)) + 0.5
        expected *= (share / (total + 0.5 * len(letters)))[inverse.reshape(-1)]
    strength = 20_000.0  # people it takes until the count outweighs the product
    frequency = (counts + strength * expected) / (total + strength)
    level: NDArray[np.int8] = np.searchsorted(np.array(RARITY), frequency).astype(np.int8) + np.int8(1)
    return level


def _numbers(values: pl.Series, people: pl.DataFrame, records: pl.DataFrame) -> Numbers:
    known = pl.concat([people.select("number", "valid"), records.select("number", "valid")]).unique("number")
    table = pl.DataFrame({"number": values}, schema={"number": pl.String}).join(
        known, on="number", how="left", maintain_order="left"
    )
    digits = np.zeros((0, 18), dtype=np.uint8)
    if len(values):
        raw = np.array(values.to_list(), dtype="S18").view(np.uint8).reshape(len(values), 18)
        digits = np.where(raw == ord("X"), 10, raw - ord("0")).astype(np.uint8)
    return Numbers(digits, table["valid"].to_numpy())
