"""Names as keys: one display form, one comparison key, surname and given name, sounds, spellings of minority names.

`clean_names` is the whole of it, for a column; the single-name form is a column of one. Only `name_keys` has a second
form for a few names, since a query waits for it; a property test holds the two together.
The name of a Muslim, Tibetan or Mongol citizen may be `名·父名`, one segment, or have no surname: `surname` is null
rather than guessed. 肖/萧 and 付/傅 are different legal surnames today: near, never equal.
"""

import re
from dataclasses import dataclass
from functools import cache

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from china.characters import fold, fold_column
from china.name_sounds import latin_key_column, pinyins_column, syllables, syllables_column
from china.name_text import SEPARATOR, WILDCARD, undress_column, undressed
from china.one_text import pattern
from china.package_data import read_csv, read_words
from china.text import on_distinct, plain

# Left over from the withdrawn second simplification: both are legal surnames now, and clerks mix them.
NEAR_SURNAMES = {"萧": "肖", "傅": "付", "戴": "代", "阎": "闫", "邱": "丘", "蓝": "兰", "於": "于", "佘": "余"}

WRITTEN_BETWEEN = ("", " ", "•", "‧", "・", "⋅", ".", "．", "-")  # what stands in files for the one separator

COLUMNS: dict[str, DataType | DataTypeClass] = {
    "name": pl.String,  # for display: U+00B7 between segments
    "key": pl.String,  # without separators and blanks: equality of spellings
    "folded": pl.String,  # key in simplified characters: equality of names
    "surname": pl.String,  # of the folded key; null where the name has none that can be told
    "given": pl.String,
    "syllables": pl.String,  # spaced toneless pinyin, wildcards as ?; null for romanised names
    "pinyin": pl.String,  # the same joined
    "pinyins": pl.List(pl.String),  # all readings, commonest first
    "transliterated": pl.String,  # folded with spellings of one foreign name made equal (尤素福, 优素福 …)
    "alias": pl.String,  # former or second name written in the same cell
    "kin_of": pl.String,  # 王五之妻: whose relative is meant; then `name` is null
    "note": pl.String,  # what stood in brackets
    "clan": pl.Boolean,  # 张王氏: an elderly woman known by surnames only
    "wildcard": pl.Boolean,  # some character is unknown
}

KEYS = dict.fromkeys(("folded", "syllables", "transliterated"), pl.String)
FEW = 100  # names up to which one by one is faster than by columns


@dataclass(frozen=True)
class Name:
    """One cleaned name; fields as COLUMNS says."""

    name: str | None
    key: str | None
    folded: str | None
    surname: str | None
    given: str | None
    syllables: str | None
    pinyin: str | None
    pinyins: list[str] | None
    transliterated: str | None
    alias: str | None
    kin_of: str | None
    note: str | None
    clan: bool | None
    wildcard: bool | None


def clean_name(text: str | None) -> Name:
    """One name cleaned; all fields None where nothing was given."""
    return Name(**clean_names(pl.Series([text], dtype=pl.String)).row(0, named=True))


def clean_names(s: pl.Series) -> pl.DataFrame:
    """A text column of names → the columns of COLUMNS, rows as in `s`."""
    return on_distinct(s, _clean_distinct)


def spellings(text: str) -> list[str]:
    """The ways in which an exact search for this name finds it written: as typed, undressed, in simplified characters,
    each with any of the signs clerks put between segments, none or a blank, a name of two characters also spread over
    three places. Without repetition; none where the text names nobody. What differs in a character is another name."""
    typed, name = plain(text), undressed(text)
    if typed is None or name is None:
        return []
    found = [text.strip(), typed]
    for one in (name, fold(name)):
        segments = one.split(SEPARATOR)
        found += [sign.join(segments) for sign in (SEPARATOR, *WRITTEN_BETWEEN)] if segments[1:] else [one]
        if pattern(r"^\p{Han}{2}$").search(one):
            found += [" ".join(one), "\u3000".join(one)]
    return list(dict.fromkeys(found))


def name_parts(s: pl.Series) -> pl.DataFrame:
    """Of `clean_names` only name, folded and surname, in a third of the time."""
    return on_distinct(s, lambda one: _keyed(one).select("name", "folded", "surname"))


def name_keys(s: pl.Series) -> pl.DataFrame:
    """What a name is compared by: of `clean_names` only folded, syllables and transliterated, in half the time."""
    few = [_keys_of(text) for text in s.to_list()] if len(s) <= FEW else [None]
    if all(few):
        return pl.DataFrame(few, schema=KEYS, orient="row")
    return on_distinct(s, lambda one: _keyed(one).select(list(KEYS)))


def _keys_of(text: str | None) -> tuple[str | None, str | None, str | None] | None:
    """KEYS of one name; None where it holds letters of a script only columns can tell."""
    name = undressed(text) if text is not None else None
    if name is None:
        return None, None, None
    if not pattern(r"^[\p{Han}\x20-\x7e·]*$").search(name):
        return None
    key = re.sub(rf"[{SEPARATOR} ]", "", name).upper()
    folded, latin = fold(key), re.search("^[A-Z?']+$", key) is not None
    surname = _surname_of(folded, foreign=SEPARATOR in name or folded in foreign_spellings())
    rest = folded[len(surname or "") :]
    given = None if latin or rest in ("", "氏") else rest
    alike = folded
    if given is not None and (surname is None or len(given) >= 3 or given in foreign_spellings()):
        alike = (surname or "") + _spelling().sub(lambda found: foreign_spellings()[found[0]], given)
    return folded, syllables(surname, given), alike


def _surname_of(folded: str, *, foreign: bool) -> str | None:
    """`_surname` of one name."""
    if foreign or not pattern(r"^\p{Han}").search(folded):
        return None
    if len(folded) >= 3 and folded[:2] in compound_surnames():
        return folded[:2]
    listed = len(folded) <= 4 and folded[0] in surnames()
    return folded[0] if listed or len(folded) <= 3 else None


@cache
def _spelling() -> re.Pattern[str]:
    """Any spelling of a foreign name, the longest first."""
    return re.compile("|".join(map(re.escape, foreign_spellings())))


def _keyed(s: pl.Series) -> pl.DataFrame:
    """The undressed name with its keys and parts."""
    frame = undress_column(s)
    key = frame["name"].str.replace_all(rf"[{SEPARATOR} ]", "").str.to_uppercase()
    frame = frame.with_columns(key=key, folded=fold_column(key))
    frame = frame.with_columns(_surname(), latin=pl.col("key").str.contains(r"^[\p{Latin}?'’]+$").fill_null(False))
    length = pl.col("surname").str.len_chars().fill_null(0)
    rest = pl.col("folded").str.slice(length)
    frame = frame.with_columns(given=pl.when(~pl.col("latin") & (rest != "") & (rest != "氏")).then(rest))
    spelled = syllables_column(frame["surname"], frame["given"])
    return frame.with_columns(spelled.alias("syllables"), _transliterate(frame).alias("transliterated"))


def _clean_distinct(s: pl.Series) -> pl.DataFrame:
    frame = _keyed(s)
    frame = frame.with_columns(romanised=latin_key_column(frame["name"]))
    joined = pl.col("syllables").str.replace_all(" ", "")
    frame = frame.with_columns(pinyin=pl.when("latin").then(pl.col("romanised")).otherwise(joined))
    frame = frame.with_columns(
        pinyins_column(frame["surname"], frame["given"], frame["pinyin"]).alias("pinyins"),
        clan=pl.col("folded").str.contains(r"^\p{Han}{1,3}氏$"),
        wildcard=pl.col("key").str.contains(WILDCARD, literal=True),
    )
    return frame.select(pl.col(column).cast(kind) for column, kind in COLUMNS.items())


def _surname() -> pl.Expr:
    """The surname of a folded name: a compound one, a listed one, else the first of two or three characters."""
    folded, whole = pl.col("folded"), pl.col("name")
    size, two = folded.str.len_chars(), folded.str.slice(0, 2)
    one = folded.str.slice(0, 1)
    foreign = whole.str.contains(SEPARATOR, literal=True) | folded.is_in(list(foreign_spellings()))
    return (
        pl.when(~folded.str.contains(r"^\p{Han}") | foreign)
        .then(None)
        .when((size >= 3) & two.is_in(list(read_words("compound_surnames.txt"))))
        .then(two)
        .when((size <= 4) & one.is_in(sorted(surnames())))
        .then(one)
        .when(size <= 3)
        .then(one)
        .alias("surname")
    )


@cache
def compound_surnames() -> frozenset[str]:
    """Surnames of two characters (欧阳, 尉迟 …)."""
    return frozenset(read_words("compound_surnames.txt"))


@cache
def surnames() -> frozenset[str]:
    """Surnames of one character by which a surname is told from the start of a name that has none."""
    return frozenset(char for line in read_words("surnames.txt") for char in line)


def near_surname(a: str, b: str) -> bool:
    """Whether two different surnames are ones that registers mix up (肖/萧): comparable, never equal."""
    return a != b and NEAR_SURNAMES.get(a, a) == NEAR_SURNAMES.get(b, b)


def near_surname_column(s: pl.Series) -> pl.Series:
    """Surnames with those that registers mix up made equal; for a `near` level, never for a key of identity."""
    return s.replace(NEAR_SURNAMES)


@cache
def foreign_spellings() -> dict[str, str]:
    """Each Chinese spelling of a foreign name → the first of its group, longest first; one in two groups keeps one."""
    out: dict[str, str] = {}
    for variants in read_csv("transliterations.csv")["variants"]:
        first, *others = variants.split("|")
        target = out.setdefault(first, first)
        for other in others:
            out.setdefault(other, target)
    return dict(sorted(out.items(), key=lambda item: (-len(item[0]), item[0])))


def _transliterate(frame: pl.DataFrame) -> pl.Series:
    """Folded names with foreign spellings made equal; an ordinary given name of one or two characters is left alone."""
    spellings = foreign_spellings()
    given, surname = pl.col("given"), pl.col("surname")
    foreign = surname.is_null() | (given.str.len_chars() >= 3) | given.is_in(list(spellings))
    changed = surname.fill_null("") + given.str.replace_many(spellings, leftmost=True)
    return frame.select(pl.when(foreign & given.is_not_null()).then(changed).otherwise("folded")).to_series(0)
