"""The tests a level may name: how alike two values are, for many pairs of distinct values at once."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, DamerauLevenshtein, Jaro, JaroWinkler, Levenshtein
from rapidfuzz.process import cpdist

from matcher.linkage.general.encode import Coded, code
from matcher.linkage.general.views import viewed

Truth = NDArray[np.bool_]
MOST_SLIPS: Final = 9  # a model may ask for; beyond it nobody counts
NO_VIEWS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
SHORTEST: Final = 3  # letters a beginning, or a shared word, must have to say anything


class Values:
    """Pairs of distinct values of one column: what the tests read, each made once however many tests ask."""

    def __init__(self, column: Coded, ours: NDArray[np.int64], theirs: NDArray[np.int64], aliases: NDArray[np.int64]):
        self.column, self.ours, self.theirs, self.aliases = column, ours, theirs, aliases
        self._scores: dict[str, NDArray[Any]] = {}

    @cached_property
    def texts(self) -> tuple[list[str], list[str]]:
        """Both sides as lists: rapidfuzz is slow on arrays."""
        one, other = self.pair(lambda values: values)
        return one.to_list(), other.to_list()

    def score(self, name: str, scorer: Any, **more: Any) -> NDArray[Any]:
        """What a scorer of rapidfuzz says of each pair."""
        if name not in self._scores:
            self._scores[name] = cpdist(*self.texts, scorer=scorer, workers=-1, **more)
        return self._scores[name]

    def bytes_score(self, name: str, scorer: Any) -> NDArray[Any]:
        """The same over UTF-8 bytes, as databases count that compare texts without knowing letters."""
        if name not in self._scores:
            one, other = ([text.encode() for text in side] for side in self.texts)
            self._scores[name] = cpdist(one, other, scorer=scorer, workers=-1, dtype=np.float64)
        return self._scores[name]

    def pair(self, of: Callable[[pl.Series], pl.Series]) -> tuple[pl.Series, pl.Series]:
        """Something computed once for each distinct value, for both sides of each pair."""
        table = of(self.column.values)
        return table.gather(self.ours), table.gather(self.theirs)

    def agree(self, of: Callable[[pl.Series], pl.Series]) -> Truth:
        """Where that something is the same, and is not missing."""
        one, other = self.pair(of)
        same: Truth = (one == other).fill_null(value=False).to_numpy()
        return same


def holds(test: str, values: Values, views: Mapping[str, tuple[str, ...]] = NO_VIEWS) -> Truth:
    """Whether a test of the model holds, for each pair; a test of a view never where either side has nothing there."""
    view, _, plain = test.rpartition("/")
    if view:
        return _seen(plain, values, views[view])
    name, _, bound = test.replace(">=", "<=").partition("<=")
    return TESTS[name](values, float(bound) if bound else 0.0)


def _seen(test: str, values: Values, steps: tuple[str, ...]) -> Truth:
    one, other = values.pair(lambda v: viewed(v, steps))
    there = (one.is_not_null() & other.is_not_null()).to_numpy()
    column = code(one.filter(there), other.filter(there))
    found = np.zeros(len(one), dtype=np.bool_)
    pairs = Values(column, column.ours.astype(np.int64), column.theirs.astype(np.int64), np.zeros(0, np.int64))
    found[there] = holds(test, pairs)
    return found


def _damerau(values: Values, bound: float) -> Truth:
    """One slip is a slip only in a word long enough to have one: `al` and `ed` are two away from each other."""
    length = values.pair(lambda v: v.str.len_chars())
    long_enough = (pl.DataFrame({"a": length[0], "b": length[1]}).max_horizontal() > 2 * bound).to_numpy()
    found: Truth = long_enough & (values.score("osa", OSA.distance, score_cutoff=MOST_SLIPS, dtype=np.uint8) <= bound)
    return found


def _jaro_winkler(values: Values, bound: float) -> Truth:
    near: Truth = values.score("jaro-winkler", JaroWinkler.similarity, dtype=np.float32) >= bound - 1e-6
    return near


def _tokens(values: Values, bound: float) -> Truth:
    near: Truth = values.score("tokens", fuzz.token_sort_ratio, dtype=np.float32) >= bound * 100 - 1e-4
    return near


def _token(values: Values, _: float) -> Truth:
    """A word of some length in common."""
    words = values.column.values.str.split(" ")
    one, other = (
        words.gather(side).list.eval(pl.element().filter(pl.element().str.len_chars() >= SHORTEST))
        for side in (values.ours, values.theirs)
    )
    shared = pl.DataFrame({"a": one, "b": other}).select(pl.col("a").list.set_intersection("b").list.len() > 0)
    found: Truth = shared.to_series().to_numpy()
    return found


def _prefix(values: Values, bound: float) -> Truth:
    count = int(bound)

    def head(v: pl.Series) -> pl.Series:
        return v.str.head(count).set(v.str.len_chars() < count, None)

    return values.agree(head)


def _initial(values: Values, _: float) -> Truth:
    one, other = values.pair(lambda v: v.str.len_chars())
    single = ((one == 1) | (other == 1)).to_numpy()
    found: Truth = single & values.agree(lambda v: v.str.head(1))
    return found


def _starts(values: Values, _: float) -> Truth:
    told = pl.DataFrame({"a": values.texts[0], "b": values.texts[1]}, schema={"a": pl.String, "b": pl.String})
    length = pl.min_horizontal(pl.col("a").str.len_chars(), pl.col("b").str.len_chars())
    one, other = pl.col("a"), pl.col("b")
    starts = (length >= SHORTEST) & (one.str.starts_with(other) | other.str.starts_with(one))
    found: Truth = told.select(starts).to_series().to_numpy()
    return found


def _alias(values: Values, _: float) -> Truth:
    packed = np.minimum(values.ours, values.theirs) << 32 | np.maximum(values.ours, values.theirs)
    found: Truth = np.isin(packed, values.aliases)
    return found


def _sound(values: Values, _: float) -> Truth:
    return values.agree(lambda _values: values.column.sounds)


def _local_part(values: Values, _: float) -> Truth:
    return values.agree(lambda v: v.str.extract(r"^([^@]+)@"))


def _digits_off(values: Values, bound: float) -> Truth:
    """Texts of one length that differ in so many places."""
    words = [value.encode() for value in values.column.values.to_list()]
    width = max(map(len, words))
    table = np.array(words, dtype=f"S{width}").view(np.uint8).reshape(-1, width)
    length = values.agree(lambda v: v.str.len_bytes().cast(pl.String))
    off = (table[values.ours] != table[values.theirs]).sum(axis=1)
    found: Truth = length & (off <= bound)
    return found


def _numbers(values: Values, of: Callable[[pl.Series], pl.Series], bound: float) -> Truth:
    one, other = (side.cast(pl.Int64, strict=False) for side in values.pair(of))
    found: Truth = ((one - other).abs() <= bound).fill_null(value=False).to_numpy()
    return found


def _parts(values: Values) -> tuple[Truth, Truth, Truth, Truth]:
    """Of two dates: year, month and day agree, and whether one leaves month or day open."""
    year, month = values.agree(lambda v: v.str.head(4)), values.agree(lambda v: v.str.slice(4, 2))
    day = values.agree(lambda v: v.str.slice(6, 2))
    one, other = values.pair(lambda v: v.str.ends_with("00"))
    return year, month, day, (one | other).to_numpy()


def _date_parts(values: Values, bound: float) -> Truth:
    year, month, day, _ = _parts(values)
    found: Truth = year.astype(np.int8) + month + day >= bound
    return found


def _date_swapped(values: Values, _: float) -> Truth:
    one, other = values.pair(lambda v: v)
    turned = other.str.head(4) + other.str.slice(6, 2) + other.str.slice(4, 2)
    found: Truth = (one == turned).to_numpy()
    return found


def _date_partial(values: Values, _bound: float) -> Truth:
    """One date is only a year (or a month) and the other lies in it."""
    year, month, _day, partial = _parts(values)
    one, other = values.pair(lambda v: v.str.slice(4, 2) == "00")
    found: Truth = partial & year & (month | (one | other).to_numpy())
    return found


def _bytes_within(scorer: Any, name: str) -> Callable[[Values, float], Truth]:
    def within(values: Values, bound: float) -> Truth:
        found: Truth = values.bytes_score(name, scorer) <= bound
        return found

    return within


def _bytes_alike(scorer: Any, name: str) -> Callable[[Values, float], Truth]:
    def alike(values: Values, bound: float) -> Truth:
        found: Truth = values.bytes_score(name, scorer) >= bound
        return found

    return alike


def _byte_jaccard(values: Values, bound: float) -> Truth:
    """Of the sets of bytes that both texts are made of, how large their intersection is to their union."""
    sets = [frozenset(value.encode()) for value in values.column.values.to_list()]
    pairs = ((sets[a], sets[b]) for a, b in zip(values.ours.tolist(), values.theirs.tolist(), strict=True))
    return np.array([len(a & b) / max(len(a | b), 1) >= bound for a, b in pairs], dtype=np.bool_)


def _days(values: Values, bound: float) -> Truth:
    """Two dates written year-month-day, so many days apart at the most."""
    one, other = values.pair(lambda v: v.str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32))
    found: Truth = ((one - other).abs() <= bound).fill_null(value=False).to_numpy()
    return found


TESTS: Final[dict[str, Callable[[Values, float], Truth]]] = {
    "equal": lambda values, _: values.ours == values.theirs,
    "damerau": _damerau,
    "jaro-winkler": _jaro_winkler,
    "tokens": _tokens,
    "token": _token,
    "prefix": _prefix,
    "initial": _initial,
    "starts": _starts,
    "alias": _alias,
    "sound": _sound,
    "local-part": _local_part,
    "digits-off": _digits_off,
    "number": lambda values, bound: _numbers(values, lambda v: v, bound),
    "years": lambda values, bound: _numbers(values, lambda v: v.str.head(4), bound),
    "byte-levenshtein": _bytes_within(Levenshtein.distance, "byte-levenshtein"),
    "byte-damerau": _bytes_within(DamerauLevenshtein.distance, "byte-damerau"),
    "byte-jaro": _bytes_alike(Jaro.similarity, "byte-jaro"),
    "byte-jaro-winkler": _bytes_alike(JaroWinkler.similarity, "byte-jaro-winkler"),
    "byte-jaccard": _byte_jaccard,
    "days": _days,
    "date-parts": _date_parts,
    "date-swapped": _date_swapped,
    "date-partial": _date_partial,
    "date-year": lambda values, _: values.agree(lambda v: v.str.head(4)),
}


def alias_pairs(column: Coded, groups: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Packed code pairs of the values that are names for one another (Bill, William)."""
    place = {value: code for code, value in enumerate(column.values.to_list())}
    pairs = set()
    for group in groups:
        known = sorted(place[word] for word in group if word in place)
        pairs |= {low << 32 | high for low in known for high in known if low < high}
    return np.array(sorted(pairs), dtype=np.int64)
