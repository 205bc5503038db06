"""What a cell says that its column cannot mean: a name that is none, a number in the name's place, a broken cell, a
word that is no ethnic group or relation, an area code nobody issued or that ended.

Most cells are sound: each check first looks once for what could be wrong, and closer only at that.
"""

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from china.areas import pad_column
from china.codes import ethnic_group_column, ethnic_groups, is_relation
from china.counties import ended_column, was_issued_column
from china.text import on_distinct, plain_column
from matcher.feeds import vocabulary
from matcher.feeds.feed import Feed
from matcher.feeds.marks import Mark, mark
from matcher.feeds.values import BETWEEN, given, read_as

# A formula's error, a column too narrow, text of another encoding read and saved again.
BROKEN = r"^\s*#(?:#+|REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)\s*$|\x{FFFD}|锟斤拷|烫烫|屯屯"
_SOUND_NAME = r"^[\x{4E00}-\x{9FA5}]{2,4}$"
_TITLED = r"(?:氏|先生|女士|同志|户主|之[妻夫子女父母]|已故|去世|死亡)$"
_DECORATED = rf"[（(\[【{{].*[)）\]】}}]?|[0-9]|{_TITLED}"
_NO_NAME = r"某|^无名|^未命名|^测试|^待定|^姓名$|^(?i:test|x{2,})$|^新生儿|^婴儿"
_ILLEGIBLE = r"[?？□■◇●*＊_\x{E000}-\x{F8FF}\x{FFFD}]|[＋+].*"
_SHAPES: Mapping[str, str] = {  # what only a cell of this column looks like
    "name": r"^[\x{4E00}-\x{9FA5}]{2,4}$",
    "phone": r"^1[3-9]\d{9}$",
    "id_number": r"^\d{17}[\dXx]$",
}


def cells_of(frame: pl.DataFrame, feed: Feed, headers: Mapping[str, str]) -> Iterator[Mark]:
    """The issues of single cells beyond what their kind says. `headers`: our column → header as sent."""
    swapped = list(_swapped(frame, headers))
    yield from swapped
    elsewhere = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    for one in swapped:
        elsewhere |= one.rows
    if "name" in headers:
        yield from _of_names(frame["name"], elsewhere, headers["name"])
    for column in feed.columns:
        if column.name not in headers:
            continue
        cells, header = frame[column.name], headers[column.name]
        yield mark(cells.str.contains(BROKEN), "cell-broken", header)
        if column.kind == "area":
            yield from _of_areas(cells, header)
        elif column.kind == "age":
            age = read_as(column, cells)
            yield mark(given(cells) & (age.is_null() | (age > 120)), "age-unreadable", header)
        elif column.kind == "text" and column.name in _WORDS:
            knows, allowed = _WORDS[column.name]
            yield mark(given(cells) & ~knows(cells), "value-unknown", header, allowed=allowed())


def _of_names(cells: pl.Series, elsewhere: pl.Series, header: str) -> Iterator[Mark]:
    """`elsewhere`: rows whose name stands in another column, and are told so."""
    odd = (~cells.str.contains(_SOUND_NAME) | cells.str.contains(f"{_TITLED}|{_NO_NAME}")).fill_null(False) & ~elsewhere
    at = odd.arg_true()
    names = plain_column(cells.gather(at))
    nobody = names.str.contains(_NO_NAME)
    number = names.str.contains(r"^[\d\s+-]{6,}[Xx]?$")
    torn = names.str.contains(_ILLEGIBLE)
    decorated = names.str.contains(_DECORATED)
    single = names.str.contains(r"^\p{Han}$")
    told = (
        ("name-placeholder", nobody),
        ("name-is-number", number),
        ("name-illegible", torn & ~nobody),
        ("name-decorated", decorated & ~number & ~nobody & ~torn),
        ("name-single", single),
    )
    none = pl.repeat(False, cells.len(), dtype=pl.Boolean, eager=True)
    for code, found in told:
        yield mark(none.clone().scatter(at, found.fill_null(False)), code, header)


def _swapped(frame: pl.DataFrame, headers: Mapping[str, str]) -> Iterator[Mark]:
    """Two columns whose cells each look like the other's."""
    have = [name for name in _SHAPES if name in headers]
    for position, one in enumerate(have):
        for other in have[position + 1 :]:
            here = frame[one].str.strip_chars().str.contains(_SHAPES[other]).fill_null(False)
            if here.any():
                both = here & frame[other].str.strip_chars().str.contains(_SHAPES[one]).fill_null(False)
                yield mark(both, "columns-swapped", headers[one], other=headers[other])


def _of_areas(cells: pl.Series, header: str) -> Iterator[Mark]:
    told = given(cells)
    county = pad_column(cells).str.slice(0, 6)
    yield mark(told & county.is_null(), "area-malformed", header)
    yield mark(told & ~was_issued_column(county), "area-unknown", header)
    yield mark(told & ended_column(county), "area-ended", header)


def _is_ethnic(cells: pl.Series) -> pl.Series:
    return on_distinct(cells, lambda some: ethnic_group_column(some).is_in(_groups()).alias("known").to_frame())[
        "known"
    ]


def _groups() -> list[str]:
    # Numbers 97 and 98 of GB/T 3304, and groups the state has not classified, are no mistakes.
    return [*ethnic_groups(), "其他", "其他族", "其它", "97", "98", "外国血统中国籍", "穿青人", "革家人", "未识别民族"]


def _in_health_words(cells: pl.Series) -> pl.Series:
    words = [word for known in vocabulary.values("health-state").values() for word in known]
    parts = pl.element().str.strip_chars()
    return on_distinct(
        cells,
        lambda some: (
            some.str.normalize("NFKC")
            .str.replace_all(f"[{BETWEEN}]", "、")
            .str.split("、")
            .list.eval(parts.is_in(words) | (parts == ""))
            .list.all()
            .alias("known")
            .to_frame()
        ),
    )["known"]


_WORDS: Mapping[str, tuple[Callable[[pl.Series], pl.Series], Callable[[], str]]] = {
    "ethnic": (_is_ethnic, lambda: "汉族、回族等 56 个民族的全称"),
    "relation": (
        lambda cells: on_distinct(cells, lambda some: is_relation(some).alias("known").to_frame())["known"],
        lambda: "户主、配偶、之子、之女、之父、之母等",
    ),
    "health": (
        _in_health_words,
        lambda: "、".join(words[0] for words in vocabulary.values("health-state").values()),
    ),
}
