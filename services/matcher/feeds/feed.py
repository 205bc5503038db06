"""What an agency agreed to send: one map per feed and version, as data in maps/.

A map says which columns there are, under which headers they come, what kind of value each holds, which codes
stand for what, and which facts a row states. Onboarding a feed is one more map and its schema, no code.
"""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kit.problems import Problem
from kit.tables_in import plain_header
from matcher.frames import FACT, IDENTITY

Kind = Literal[
    "text",
    "name",
    "id_number",
    "card",
    "sex",
    "birth_date",
    "date",
    "phone",
    "money",
    "area",
    "household",
    "code",
    "disability-class",
    "disability-grade",
]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Data):
    """One column: our name for it, the title in templates, the headers it comes under (the first found counts)."""

    name: str
    title: str
    headers: tuple[str, ...]
    kind: Kind
    required: bool = False
    coalesce: bool = False  # several of the headers may be there: the first filled cell counts
    future: bool = False  # a date that may lie ahead (the end of a validity)
    values: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # our code → the words agencies write for it


class FactRule(_Data):
    """Which fact a row states: names of columns (`name:sent` = word for word), and which of them must be filled."""

    kind: str
    when: tuple[str, ...] = ()  # any of these filled; none named = always
    text: str | None = None
    code: str | None = None
    number: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    household: bool = False  # said of the household: members whose cells are blank share it


class Feed(_Data):
    """One version of a feed."""

    id: str
    version: int
    agency: str
    agency_zh: str
    title: str
    load: Literal["snapshot", "delta"]
    freshness_days: int
    legal_basis: str
    purpose: str
    columns: tuple[Column, ...]
    any_of: tuple[tuple[str, ...], ...] = ()  # of each group at least one column must be there
    id_number_from: tuple[str, ...]  # the first filled one identifies the row
    address_from: tuple[str, ...] = ()  # joined where no address is sent
    row_key: str | None = None  # the sender's own number of a row: never a resident number
    facts: tuple[FactRule, ...]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if the map has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def own_columns(self) -> tuple[str, ...]:
        """Columns of this feed beyond what linkage reads of everybody."""
        return tuple(column.name for column in self.columns if column.name not in IDENTITY)

    @property
    def known_headers(self) -> frozenset[str]:
        return frozenset(header for column in self.columns for header in column.headers)


class FeedUnknown(Problem):
    status, code = 404, "feed-unknown"
    zh = "没有数据源 {feed}。可用的数据源：{known}。"
    en = "There is no feed {feed}. Known feeds: {known}."


class FeedColumnsWrong(Problem):
    """Nothing of the file was read. `missing` names each column wanted with every header it may come under."""

    status, code = 422, "feed-columns-wrong"
    zh = (
        "列不符合数据源 {feed} 的约定：缺少 {missing}。文件里有：{found}。"
        "请使用模板或改正表头后重新发送；本次没有读入任何内容。"
    )
    en = "Columns are not those of feed {feed}: missing {missing}. Found: {found}. Use the template; nothing was read."


class FileUnreadable(Problem):
    """The bytes are no table; the texts of kit.unreadable say why and the way out."""

    status, code = 422, "file-unreadable"
    zh = "{zh}（{reason}）"
    en = "{en} ({reason})"


def feed_ids() -> tuple[str, ...]:
    """The feeds shipped with the project, in order."""
    return tuple(sorted({feed_id for feed_id, _ in _shipped()}))


def load_feed(feed_id: str, version: int | None = None) -> Feed:
    """The shipped map of a feed, the newest if no version is asked for. Raises FeedUnknown."""
    shipped = _shipped()
    versions = [number for known, number in shipped if known == feed_id]
    wanted = version if version is not None else max(versions, default=0)
    if (feed_id, wanted) not in shipped:
        raise FeedUnknown(feed=feed_id if version is None else f"{feed_id} v{version}", known="、".join(feed_ids()))
    return shipped[feed_id, wanted]


@cache
def _shipped() -> dict[tuple[str, int], Feed]:
    found = {}
    for entry in files(__package__).joinpath("maps").iterdir():
        if entry.name.endswith(".json"):
            feed = check(Feed.model_validate_json(entry.read_text("utf-8")))
            found[feed.id, feed.version] = feed
    return found


def check(feed: Feed) -> Feed:
    """What the types cannot say of a map: names are unique, every name used exists, no header means two columns."""
    names = [column.name for column in feed.columns]
    if len(set(names)) != len(names):
        raise ValueError(f"{feed.id}: a column is named twice")
    used = {name for group in feed.any_of for name in group} | {*feed.id_number_from, *feed.address_from}
    for rule in feed.facts:
        sources = (rule.text, rule.code, rule.number, rule.valid_from, rule.valid_to, *rule.when)
        used |= {source.removesuffix(":sent") for source in sources if source}
    if feed.row_key:
        used.add(feed.row_key)
    if unknown := used - set(names):
        raise ValueError(f"{feed.id}: no such column: {', '.join(sorted(unknown))}")
    owner: dict[str, str] = {}
    for column in feed.columns:
        for header in column.headers:
            if owner.setdefault(plain_header(header), column.name) != column.name:
                raise ValueError(f"{feed.id}: header {header} means two columns")
    assert {"subject_id", "grade"} <= set(FACT), "facts are keyed by subject and carry the grade of their link"
    return feed
