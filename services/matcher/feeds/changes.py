"""What a new version of a map changes, in words a county can read, and whether it changes what facts mean.

A map may be put right, but not behind anybody's back: a word that comes to stand for another code, another unit, a
fact that is stated otherwise make the same file say something else of the same people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from matcher.feeds.fact_kinds import READ_BY_SCREENS
from matcher.feeds.feed import Column, FactRule, Feed
from matcher.feeds.references import SENT, SOURCES

SETTINGS = (
    "title", "agency_zh", "load", "freshness_days", "legal_basis", "purpose", "any_of", "row_key", "positions",
    "people", "severities",
)  # fmt: skip
READING = ("id_number_from", "address_from", "operation")  # settings by which another person or place may be meant
TRAITS = ("title", "required", "coalesce", "join", "future")


@dataclass(frozen=True)
class FeedChange:
    """One change. `what` is a code; `where` the column, fact or setting; `words` the headers, codes or words it is of;
    `meaning` says that the same file would now say something else."""

    what: str
    where: str
    words: tuple[str, ...] = ()
    meaning: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it is kept and told."""
        return {**asdict(self), "words": list(self.words)}


def changes(before: Feed, after: Feed) -> list[FeedChange]:
    """Everything that differs between two versions of a feed."""
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in after.columns}
    used = {name for feed in (before, after) for rule in feed.facts for name in _sources(rule)}
    found = [*_columns(old, new, used), *_facts(before, after)]
    for name in old.keys() & new.keys():
        found += _column(old[name], new[name], in_facts=name in used)
    for name in (*SETTINGS, *READING):
        if getattr(before, name) != getattr(after, name):
            found.append(FeedChange("setting-changed", name, meaning=name in READING))
    return sorted(found, key=lambda one: (one.where, one.what))


def unread(feed: Feed) -> list[str]:
    """Kinds of fact the feed states and no screen reads."""
    return sorted({rule.kind for rule in feed.facts} - READ_BY_SCREENS.keys())


def _sources(rule: FactRule) -> set[str]:
    parts = [source for part in SOURCES if (source := getattr(rule, part)) is not None]
    return {name.removesuffix(SENT) for name in (*parts, *rule.when, *rule.only)}


def _columns(old: Mapping[str, Column], new: Mapping[str, Column], used: set[str]) -> Iterator[FeedChange]:
    gone, come = [old[name] for name in old if name not in new], [new[name] for name in new if name not in old]
    for column in gone:
        heir = next((one for one in come if set(one.headers) & set(column.headers)), None)
        if heir is None:
            yield FeedChange("column-removed", column.name, column.headers, column.name in used)
        else:
            come.remove(heir)
            yield FeedChange("column-renamed", column.name, (heir.name,), heir.kind != column.kind)
    for column in come:
        yield FeedChange("column-added", column.name, column.headers)


def _column(old: Column, new: Column, *, in_facts: bool) -> Iterator[FeedChange]:
    for what, words in (
        ("headers-added", set(new.headers) - set(old.headers)),
        ("headers-removed", set(old.headers) - set(new.headers)),
        ("codes-added", new.values.keys() - old.values.keys()),
    ):
        if words:
            yield FeedChange(what, new.name, tuple(sorted(words)))
    if gone := old.values.keys() - new.values.keys():
        yield FeedChange("codes-removed", new.name, tuple(sorted(gone)), in_facts)
    was = {word: code for code, words in old.values.items() for word in words}
    now = {word: code for code, words in new.values.items() for word in words}
    if moved := [word for word in was if word in now and was[word] != now[word]]:
        yield FeedChange("words-moved", new.name, tuple(sorted(moved)), meaning=True)
    if learnt := now.keys() - was.keys():
        yield FeedChange("words-added", new.name, tuple(sorted(learnt)))
    if forgotten := was.keys() - now.keys():
        yield FeedChange("words-removed", new.name, tuple(sorted(forgotten)), in_facts)
    for trait in ("kind", "unit"):
        if getattr(old, trait) != getattr(new, trait):
            both = (str(getattr(old, trait)), str(getattr(new, trait)))
            yield FeedChange(f"{trait}-changed", new.name, both, meaning=True)
    for trait in TRAITS:
        if getattr(old, trait) != getattr(new, trait):
            yield FeedChange(f"{trait}-changed", new.name)


def _facts(before: Feed, after: Feed) -> Iterator[FeedChange]:
    """Facts are told apart by what they say; one of a kind that says it otherwise is changed."""
    old = [rule for rule in before.facts if rule not in after.facts]
    new = [rule for rule in after.facts if rule not in before.facts]
    for rule in old:
        heir = next((one for one in new if one.kind == rule.kind), None)
        if heir is not None:
            new.remove(heir)
        yield FeedChange("fact-removed" if heir is None else "fact-changed", rule.kind, meaning=True)
    for rule in new:
        yield FeedChange("fact-added", rule.kind, meaning=True)
