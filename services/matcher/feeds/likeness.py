"""Which column an unknown header may mean: the words a map knows that are most like it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process

from kit.tables_in import plain_header
from matcher.feeds import vocabulary
from matcher.feeds.feed import Column, Feed
from matcher.feeds.headers import bare

PROPOSED, SHOWN, SAME = 50.0, 60.0, 75.0  # how alike words must be: to propose, to be shown as a header, to find one
MOST = 3


@dataclass(frozen=True)
class Proposal:
    """A column a header may mean, by which of its synonyms, and how alike the two are (0 to 100)."""

    column: Column
    synonym: str
    likeness: float


def proposals(header: str, columns: Sequence[Column]) -> list[Proposal]:
    """The columns most like a header, each once, the best first."""
    words = {(column.name, word): plain_header(word) for column in columns for word in column.headers}
    by_name = {column.name: column for column in columns}
    asked = bare(header) or plain_header(header)
    found: dict[str, Proposal] = {}
    for _, score, (name, word) in process.extract(asked, words, scorer=fuzz.ratio, score_cutoff=PROPOSED, limit=20):
        found.setdefault(name, Proposal(by_name[name], word, round(float(score), 1)))
    return list(found.values())[:MOST]


def likeness(header: str, feed: Feed) -> bool:
    """Whether a header is like any header anybody uses, so that it cannot be a person's cell."""
    return process.extractOne(plain_header(header), _words(feed), scorer=fuzz.ratio, score_cutoff=SHOWN) is not None


def alike(feed: Feed) -> Callable[[str], bool | str]:
    """For finding a header line whose words nobody agreed on: the word a plain header is most like, if any."""
    words = _words(feed)

    @cache
    def known(plain: str) -> bool | str:
        found = process.extractOne(plain, words, scorer=fuzz.ratio, score_cutoff=SAME)
        return found[0] if found is not None else False

    return known


def _words(feed: Feed) -> list[str]:
    return sorted({plain_header(word) for word in (*feed.known_headers, *vocabulary.every_header())})
