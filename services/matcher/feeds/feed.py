"""What an agency agreed to send: one map per feed and version, as data.

A map says which columns there are, under which headers they come, what kind of value each holds, which codes
stand for what, and which facts a row states. Onboarding a feed is one more map, no code: those in maps/ are shipped
as seeds, the others and all later versions stand in the database (feeds.store).
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from kit.problems import Problem, Unfit
from matcher.feeds import vocabulary
from matcher.feeds.issues import ADJUSTABLE
from matcher.frames import IDENTITY

Kind = Literal[
    "text",
    "name",
    "id_number",
    "card",
    "sex",
    "birth_date",
    "date",
    "period",  # a month: 202006, 2020年6月
    "phone",
    "money",
    "area",
    "household",
    "code",
    "codes",  # several in one cell, in any order: 残疾,长期慢性病
    "yes-no",
    "disability-class",
    "disability-grade",
    "age",  # in whole years, as stated
]
CODED = ("code", "codes", "yes-no")  # kinds whose words the map lists
Unit = Literal["元", "百元", "千元", "万元"]
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
FeedId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Header = Annotated[str, Field(min_length=1, max_length=100)]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Letters = Annotated[str, Field(pattern=r"^[A-Z]{1,3}$")]
Source = Annotated[str, Field(max_length=48, pattern=r"^[a-z][a-z0-9_]*(:sent)?$")]  # `name:sent` = word for word


def _may_be_set(code: str) -> str:
    if code not in ADJUSTABLE:
        raise Unfit(
            f"没有这个代码，或其轻重不可改，可用：{'、'.join(sorted(ADJUSTABLE))} (no such code, or it is fixed)"
        )
    return code


IssueCode = Annotated[str, AfterValidator(_may_be_set)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Data):
    """One column: our name for it, the title in templates, the headers it comes under (the first found counts).

    Headers and values may name a vocabulary: `@id-number`, `@yes-no`.
    """

    name: Name
    title: Header
    headers: Annotated[tuple[Header, ...], Field(min_length=1, max_length=100)]
    kind: Kind
    required: bool = False
    coalesce: bool = False  # several of the headers may be there: the first filled cell counts
    join: bool = False  # several of the headers may be there: all filled cells together are one with several values
    future: bool = False  # a date that may lie ahead (the end of a validity)
    unit: Unit = "元"  # of amounts, where neither the header nor the cell says
    # our code → the words agencies write for it
    values: Annotated[dict[Code, tuple[Header, ...]], Field(max_length=2000)] = Field(default_factory=dict)

    @field_validator("headers", mode="before")
    @classmethod
    def _with_vocabularies(cls, told: Any) -> Any:
        if not isinstance(told, list | tuple):
            return told
        try:
            return vocabulary.headers(told)
        except KeyError as unknown:
            raise _no_vocabulary("headers") from unknown
        except TypeError:  # something that is no text: pydantic says so
            return told

    @field_validator("values", mode="before")
    @classmethod
    def _of_vocabulary(cls, told: Any) -> Any:
        if not isinstance(told, str):
            return told
        try:
            return vocabulary.values(told)
        except KeyError as unknown:
            raise _no_vocabulary("values") from unknown

    @model_validator(mode="before")
    @classmethod
    def _yes_and_no(cls, told: Any) -> Any:
        """Every agency's words for yes and no, where the map lists none of its own."""
        if isinstance(told, Mapping) and told.get("kind") == "yes-no" and not told.get("values"):
            return {**told, "values": "@yes-no"}
        return told


def _no_vocabulary(part: str) -> Unfit:
    known = "、".join(f"{vocabulary.MARK}{name}" for name in vocabulary.names()[part])
    return Unfit(f"没有这个词表，可用：{known} (no such vocabulary; there are: {known})")


class FactRule(_Data):
    """Which fact a row states: names of columns (`name:sent` = word for word), and which of them must be filled.

    Where `text` or `code` comes from a column of several values, each of them is a fact of its own.
    """

    kind: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    when: tuple[Source, ...] = ()  # any of these filled; none named = always
    only: dict[Name, tuple[Code, ...]] = Field(default_factory=dict)  # and each of these columns says one of the codes
    text: Source | None = None
    code: Source | None = None
    constant: Code | None = None  # the code, where the rule itself says it: a column of amounts that is one benefit
    number: Source | None = None
    count: Source | None = None
    about: Source | None = None
    valid_from: Source | None = None
    valid_to: Source | None = None
    household: bool = False  # said of the household: members whose cells are blank share it


class People(_Data):
    """A row names a household: these columns come again for each of its people, the name first.

    Which columns of a file belong together is seen from their order, not from their place: the same agency shifts
    them from one month to the next.
    """

    columns: Annotated[tuple[Name, ...], Field(min_length=2, max_length=8)]
    room: Annotated[int, Field(ge=2, le=60)] = 7  # people a template has room for; a file may have more


class Feed(_Data):
    """One version of a feed."""

    id: FeedId
    version: Annotated[int, Field(ge=1)]
    agency: Annotated[str, Field(min_length=1, max_length=64)]
    agency_zh: Text
    title: Text
    load: Literal["snapshot", "delta"]
    freshness_days: Annotated[int, Field(ge=1, le=3660)]
    legal_basis: Text
    purpose: Text
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=256)]
    any_of: tuple[tuple[Name, ...], ...] = ()  # of each group at least one column must be there
    id_number_from: tuple[Name, ...] = ()  # the first filled one identifies the row
    address_from: tuple[Name, ...] = ()  # joined where no address is sent
    row_key: Name | None = None  # the sender's own number of a row: never a resident number
    operation: Name | None = None  # the column that says what a delta's row does; its code `removed` ends a record
    facts: Annotated[tuple[FactRule, ...], Field(max_length=60)] = ()
    # `nobody`: figures of places, amounts of households, lists without a number. Read, checked, never linked.
    about: Literal["people", "nobody"] = "people"
    people: People | None = None  # several to a row
    # Lists that come without a header: where each column stands, one entry per shape the agency has sent.
    positions: Annotated[tuple[dict[Name, Letters], ...], Field(max_length=20)] = ()
    # How bad an issue is in this feed, where it is not what it is elsewhere: an error refuses the row, off is not told.
    severities: dict[IssueCode, Literal["error", "warning", "off"]] = Field(default_factory=dict)

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
    return tuple(sorted({feed_id for feed_id, _ in shipped()}))


def load_feed(feed_id: str, version: int | None = None) -> Feed:
    """The shipped map of a feed, the newest if no version is asked for. Raises FeedUnknown."""
    known = shipped()
    versions = [number for one, number in known if one == feed_id]
    wanted = version if version is not None else max(versions, default=0)
    if (feed_id, wanted) not in known:
        raise FeedUnknown(feed=feed_id if version is None else f"{feed_id} v{version}", known="、".join(feed_ids()))
    return known[feed_id, wanted]


@cache
def shipped() -> dict[tuple[str, int], Feed]:
    """The maps in maps/ by feed and version; a test sees that each is sound."""
    found = {}
    for entry in files(__package__).joinpath("maps").iterdir():
        if entry.name.endswith(".json"):
            feed = Feed.model_validate_json(entry.read_text("utf-8"))
            found[feed.id, feed.version] = feed
    return found
