"""How names sound: toneless pinyin with the readings surnames really have, and what ears and keyboards confuse.

Homophones typed by an input method are the commonest error in a name, so sound is the first key after the characters.
"""

import re
from functools import cache
from itertools import islice, product

import polars as pl

from china.characters import CharacterMap, first_readings
from china.package_data import read_csv
from china.text import blank_where

MOST_READINGS = 4  # of one name; more would only make candidates


@cache
def surname_readings() -> dict[str, tuple[str, ...]]:
    """Surnames read otherwise than their characters usually are, the commonest reading first (单 shan, 万俟 moqi)."""
    rows = read_csv("surname_readings.csv").select("surname", "readings").iter_rows()
    return {surname: tuple(readings.split("|")) for surname, readings in rows}


@cache
def given_readings() -> dict[str, tuple[str, ...]]:
    rows = read_csv("given_readings.csv").select("char", "readings").iter_rows()
    return {char: tuple(readings.split("|")) for char, readings in rows}


@cache
def _spaced_readings() -> CharacterMap:
    """Every character → its reading in a given name with a blank behind it, for one pass over a column."""
    readings = first_readings() | {char: all_[0] for char, all_ in given_readings().items()}
    return CharacterMap({char: reading + " " for char, reading in readings.items()})


@cache
def surname_syllables() -> dict[str, str]:
    """Compound and irregular surnames → their commonest reading, one syllable per character."""
    return {surname: _split(readings[0], len(surname)) for surname, readings in surname_readings().items()}


def _split(reading: str, count: int) -> str:
    """`yuchi` → `yu chi`: a reading of a compound surname cut before its last initial."""
    if count == 1:
        return reading
    vowels = "aeiouv"
    cut = next(i for i in range(1, len(reading) - 1) if reading[i] not in vowels and _starts(reading, i))
    return f"{reading[:cut]} {reading[cut:]}"


def _starts(reading: str, i: int) -> bool:
    """Whether a syllable starts at `i`: a consonant before a vowel, its h counted with it (zh, ch, sh)."""
    rest = reading[i:]
    core = rest[1:] if rest[:2] in ("zh", "ch", "sh") else rest
    return len(core) > 1 and core[1] in "aeiouv" and reading[i - 1] in "aeiouvng"


def syllables_column(surname: pl.Series, given: pl.Series) -> pl.Series:
    """Spaced pinyin of folded names (`ma xiu ying`); either part may be null, wildcards stay `?`, both null → null."""
    first = surname.replace_strict(surname_syllables(), default=None, return_dtype=pl.String)
    frame = pl.DataFrame({"surname": _spell(surname), "given": _spell(given), "first": first})
    joined = pl.concat_str(pl.coalesce("first", "surname"), "given", separator=" ", ignore_nulls=True)
    return frame.select(pl.when(joined != "").then(joined).alias("syllables")).to_series(0)


def syllables(surname: str | None, given: str | None) -> str | None:
    """`syllables_column` of one name."""
    first = surname_syllables().get(surname or "") or _spell_one(surname)
    return " ".join(part for part in (first, _spell_one(given)) if part is not None) or None


def _spell_one(text: str | None) -> str | None:
    return None if text is None else re.sub("([^a-z ])", r"\1 ", _spaced_readings().one(text)).strip(" ")


def _spell(text: pl.Series) -> pl.Series:
    """Syllables of the characters, blanks between; a wildcard or unread character stands as it is."""
    spaced = _spaced_readings().column(text)
    return spaced.str.replace_all(r"([^a-z ])", "${1} ").str.strip_chars(" ")


def pinyins_column(surname: pl.Series, given: pl.Series, pinyin: pl.Series) -> pl.Series:
    """All readings of each name as a list, the commonest first, at most four; null where `pinyin` is null."""
    frame = pl.DataFrame({"surname": surname, "given": given, "pinyin": pinyin})
    surnames, chars = _ambiguous()
    unsure = pl.col("surname").is_in(surnames) | pl.col("given").str.contains(chars)
    rows = frame.select(unsure.fill_null(False)).to_series(0).arg_true()
    out = frame.select(pl.concat_list("pinyin")).to_series(0)
    out = pl.select(pl.when(pinyin.is_not_null()).then(out)).to_series(0)
    few = frame[rows].select("surname", "given").unique()
    if few.is_empty():
        return out
    readings = few.with_columns(
        pl.Series("all", [list(_readings(s or "", g or "")) for s, g in few.iter_rows()], dtype=pl.List(pl.String))
    )
    joined = frame.with_columns(out.alias("one")).join(
        readings, on=["surname", "given"], how="left", nulls_equal=True, maintain_order="left"
    )
    return joined.select(pl.when(pl.col("pinyin").is_not_null()).then(pl.coalesce("all", "one"))).to_series(0)


@cache
def _ambiguous() -> tuple[list[str], str]:
    """Surnames with several readings, and a pattern of the characters with several."""
    surnames = [name for name, readings in surname_readings().items() if len(readings) > 1]
    chars = [char for char, readings in given_readings().items() if len(readings) > 1]
    return surnames, f"[{''.join(chars)}]"


def _readings(surname: str, given: str) -> list[str]:
    """Readings of one name, fewest unusual ones first; among those an unusual surname before a given name."""
    usual = first_readings()
    first = surname_readings().get(surname) or ("".join(usual.get(c, c) for c in surname),)
    rest = [given_readings().get(c) or (usual.get(c, c),) for c in given]
    ordered = sorted(product(first, *rest), key=lambda parts: (_depth(parts, (first, *rest)), parts[0] == first[0]))
    return list(islice(dict.fromkeys("".join(parts) for parts in ordered), MOST_READINGS))


def _depth(chosen: tuple[str, ...], options: tuple[tuple[str, ...], ...]) -> int:
    return sum(option.index(part) for part, option in zip(chosen, options, strict=True))


def near_sounds_column(syllables: pl.Series) -> pl.Series:
    """Spaced pinyin with what many speakers do not tell apart made equal: zh/z, ch/c, sh/s, -ng/-n, lü/lu, nü/nu."""
    return (
        syllables.str.replace_all(r"\b([zcs])h", "${1}")
        .str.replace_all(r"([aeiou])ng\b", "${1}n")
        .str.replace_all(r"\b([ln])v", "${1}u")
    )


def latin_key(text: str) -> str | None:
    """A romanised name as joined pinyin: `LYU Xiaoming` → `lvxiaoming`, tones and apostrophes dropped."""
    return latin_key_column(pl.Series([text]))[0]  # type: ignore[no-any-return]  # one text in, one text out


def latin_key_column(s: pl.Series) -> pl.Series:
    """`latin_key` over a text column, null where no letter is left.

    Passports write ü as YU after l and n since 2012, other systems as V or U.
    """
    key = (
        s.str.normalize("NFD")
        .str.replace_all("u\u0308", "v")
        .str.replace_all("U\u0308", "v")
        .str.replace_all(r"\p{M}", "")
        .str.to_lowercase()
        .str.replace_all(r"[^a-z?]", "")
        .str.replace_all(r"([ln])yu", "${1}v")
        .str.replace_all(r"([ln])ue", "${1}ve")
    )
    return blank_where(key, key == "")
