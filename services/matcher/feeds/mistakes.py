"""Everything that is wrong with a map, told at once with where it stands: what types can say, and what they cannot.

Each column and each fact is judged by itself, so that one wrong column hides no mistake of the others.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kit.problems import FieldIssue, Problem, in_words
from matcher.feeds.feed import Column, FactRule, Feed
from matcher.feeds.references import referred
from matcher.feeds.sense import sense


class FeedMapWrong(Problem):
    """Nothing was stored. `errors` holds every mistake with its pointer."""

    status, code = 422, "feed-map-wrong"
    zh = "数据源映射有 {count} 处错误，见 errors；没有保存任何内容。全部改正后重新提交。"
    en = "The map of the feed has {count} mistakes, see errors; nothing was stored. Correct them all and send it again."


Part = TypeVar("Part", bound=BaseModel)


def read_map(document: Mapping[str, Any], feed_id: str, version: int) -> Feed:
    """The map of `document`, which may leave out its id and version. Raises FeedMapWrong with all its mistakes."""
    whole = {**document, "id": feed_id, "version": version}
    try:
        feed, found = Feed.model_validate(whole), []
    except ValidationError as error:
        feed, found = None, [_issue(mistake, ()) for mistake in error.errors()]
    if feed is not None:
        columns, rules = dict(enumerate(feed.columns)), dict(enumerate(feed.facts))
    else:
        columns, rules = _sound(whole, "columns", Column), _sound(whole, "facts", FactRule)
    found += referred(whole, columns, rules)
    found += sense(whole, columns, rules)
    if document.get("id", feed_id) != feed_id:
        found.append(FieldIssue("/id", "id-differs", "与地址里的数据源不同 (not the feed of the address)"))
    if found or feed is None:
        raise FeedMapWrong(count=len(found), errors=sorted(set(found), key=_order))
    return feed


def _sound(whole: Mapping[str, Any], name: str, kind: type[Part]) -> dict[int, Part]:
    """The parts of a list that are sound by themselves, by their index."""
    told = whole.get(name)
    return dict(_each(told, kind)) if isinstance(told, list | tuple) else {}


def _each(told: list[Any] | tuple[Any, ...], kind: type[Part]) -> Iterator[tuple[int, Part]]:
    for index, part in enumerate(told):
        try:
            yield index, kind.model_validate(part)
        except ValidationError:
            continue  # its own mistakes are told with those of the whole


def _issue(mistake: Any, before: tuple[str, ...]) -> FieldIssue:
    place = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in (*before, *mistake["loc"]))
    return FieldIssue(place, mistake["type"], in_words(mistake))


def _order(issue: FieldIssue) -> tuple[object, ...]:
    return (*(part.zfill(6) if part.isdigit() else part for part in issue.pointer.split("/")), issue.code)
