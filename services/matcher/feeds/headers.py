"""Headers as sent → columns of a map: by its words, whatever width, blanks, units and explanations stand around them.

`收入（万元）` is the amount `收入`, in ten thousands; `性别(1男2女)` is `性别` with its codes explained. Other
parentheses stay part of the name: `姓名（监护人）` is not the person's.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from kit.tables_in import plain_header
from matcher.feeds.feed import Column, Feed, FeedColumnsWrong

# In plain headers: what stands in parentheses at the end and names a unit, or explains codes and lists.
_UNIT = re.compile(r"[(,，_-](?:单位[::]?)?(元|百元|千元|万元|万)(?:/[^()]*)?\)?$")
_EXPLAINED = re.compile(r"\((?=[^()]*[0-9/、,;=:])[^()]*\)$")
# Which of its household a column speaks of: 成员3姓名, 家庭成员（二）身份证号, 姓名 (4).
_ORDINAL = re.compile(r"\(?[0-9一二三四五六七八九十]+\)?|[()_\-.、]")


def unit_of(header: str) -> str | None:
    """The unit a header states: 元, 百元, 千元 or 万元."""
    found = _UNIT.search(plain_header(header))
    return None if found is None else {"万": "万元"}.get(found[1], found[1])


def bare(header: str) -> str | None:
    """A plain header without its unit or explanation; None where it has none."""
    plain = plain_header(header)
    for pattern in (_UNIT, _EXPLAINED):
        if (rest := pattern.sub("", plain)) not in (plain, ""):
            return rest
    return None


def of_anybody(header: str) -> str:
    """A plain header without saying of which person of a household it speaks."""
    return _ORDINAL.sub("", plain_header(header))


def knows(feed: Feed) -> Callable[[str], bool | str]:
    """Whether a plain header is one of the feed's; of the columns of each person of a row, which."""
    words = {plain_header(header) for header in feed.known_headers}
    repeated = repeated_headers(feed)

    @cache  # the same cells are asked about for every line that may be the header
    def known(plain: str) -> bool | str:
        if repeated and (name := repeated.get(of_anybody(plain))):
            return name
        return plain in words or bare(plain) in words

    return known


def repeated_headers(feed: Feed) -> dict[str, str]:
    """For rows that name a household: plain header, without ordinals → which of a person's columns it is."""
    names = feed.people.columns if feed.people else ()
    return {of_anybody(header): name for name in names for header in feed.column(name).headers}


def columns_of(headers: Sequence[str], feed: Feed) -> dict[str, tuple[str, ...]]:
    """Our column → the headers as sent that hold it (one; several only where the map coalesces or joins).

    Raises FeedColumnsWrong with what was found, what is missing and under which headers it may come.
    """
    found = understood(headers, feed)
    if missing := missing_of(feed, found):
        raise wrong(feed, headers, missing)
    return found


def understood(headers: Sequence[str], feed: Feed) -> dict[str, tuple[str, ...]]:
    """The same, whatever is missing."""
    sent = {plain_header(header): header for header in reversed(headers)}
    reduced = {rest: header for header in reversed(headers) if (rest := bare(header)) and rest not in sent}
    found: dict[str, tuple[str, ...]] = {}
    for column in feed.columns:
        words = [plain_header(header) for header in column.headers]
        present = tuple(dict.fromkeys(at[word] for word in words for at in (sent, reduced) if word in at))
        if present:
            found[column.name] = present if column.coalesce or column.join else present[:1]
    return found


def missing_of(feed: Feed, found: Mapping[str, object]) -> list[tuple[Column, ...]]:
    """What the feed cannot do without and `found` has not: of each group one would do."""
    wanted = [(column,) for column in feed.columns if column.required and column.name not in found]
    groups = [tuple(map(feed.column, group)) for group in feed.any_of if not found.keys() & set(group)]
    return [*wanted, *groups]


def wrong(feed: Feed, headers: Sequence[str], missing: Sequence[Sequence[Column]]) -> FeedColumnsWrong:
    """The problem that says so, and the way out."""

    def one(columns: Sequence[Column]) -> str:
        return " 或 ".join(f"{column.title}（可写作：{'、'.join(column.headers[:5])}）" for column in columns)

    shown = tellable(headers, feed)
    return FeedColumnsWrong(
        feed=feed.id,
        missing="；".join(map(one, missing)),
        found="、".join(shown) or "没有认出任何表头",
        missing_columns=[column.name for columns in missing for column in columns],
        found_headers=list(shown),
    )


def tellable(headers: Sequence[str], feed: Feed) -> tuple[str, ...]:
    """The headers that may be repeated. Where hardly one is known, the line may be a person's: then only those."""
    known = knows(feed)
    told = tuple(header for header in headers if known(plain_header(header)))
    return tuple(headers) if len(told) > 1 else told
