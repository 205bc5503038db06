"""Addresses of the countryside taken apart by their text alone: township, village, group, house.

香水镇暖水村3组102号, 马西坡村8队, 泾河社区3组99号, 杨堡村委会: officials leave out what everybody knows. A village
is written 暖水, 暖水村, 暖水村村, 暖水村委会 or 暖水村村民委员会; its stem 暖水 is what all of them share. Which
village of which township is meant needs a book of divisions: `china.areas`.
"""

import re
from dataclasses import dataclass
from functools import cache

import polars as pl

from china.codes import ethnic_groups
from china.text import on_distinct, plain, plain_column

_PROVINCE = r"[^省市县区镇乡村]{2,8}?(?:省|自治区)"
_CITY = r"[^省县区镇乡村]{2,8}?(?:市|自治州|州|地区|盟)"
# A county of one character (泾县) is only believed behind a city: 古县镇 and 红旗镇 are townships, 社 begins 社区.
_COUNTY = r"[^省镇乡村社]{2,9}?(?:县|区|旗|市)"
_COUNTY_BEHIND_CITY = rf"(?:{_COUNTY}|[^省镇乡村社]县)"
_ABOVE = rf"(?:{_PROVINCE}(?:{_CITY})?{_COUNTY_BEHIND_CITY}?|{_CITY}{_COUNTY_BEHIND_CITY}?|{_COUNTY})?"
# 王村镇 and 寺门村镇 are townships; elsewhere 村 ends a village.
_TOWNSHIP = (
    r"(?P<township>[^省村0-9]{1,10}?(?:[镇乡]?街道(?:办事处)?|镇|乡|苏木)|[^省村0-9]{1,5}村(?:街道办事处|街道|镇|乡))"
)
_COMMITTEE = r"村民委员会|村委会|村委|社区居民委员会|社区居委会|社区|居民委员会|居委会|嘎查"
# Not 村 again, nor the start of a longer suffix, may follow: 车村村3组 is the village 车(村), 马村社区 a community.
_VILLAGE = (
    rf"(?P<village>[^0-9村][^0-9]{{0,13}}?)(?P<suffix>村*(?:{_COMMITTEE})|村+)"
    r"(?P<rest>(?:[^村社居民委]|民[^委]|社[^区]|居[^民委]|委[^员会]).*)?$"
)
_WITH_VILLAGE = rf"^{_ABOVE}{_TOWNSHIP}?{_VILLAGE}"
# A committee's full title ends the name for certain: 郭村堡村委会 is not the village 郭.
_TITLE = r"村*(?:村民委员会|村委会|社区居民委员会|社区居委会|居民委员会|居委会)"
_WITH_COMMITTEE = rf"^{_ABOVE}{_TOWNSHIP}?(?P<village>[^0-9村][^0-9]{{0,13}}?)(?P<suffix>{_TITLE})(?P<rest>.*)$"
_WITH_TOWNSHIP = rf"^{_ABOVE}{_TOWNSHIP}(?P<rest>.*)$"

_NUMERAL = r"[0-9]+|[一二三四五六七八九十]{1,3}"
_GROUP = rf"第?({_NUMERAL})(?:村民)?(?:小组|组|生产队|队|社|屯)"
_HOUSE = r"([0-9]+(?:[-之][0-9]+)*)号"

_COMMUNITY = r"(?:社区|居民委员会|居委会|社区居委)"
_VILLAGE_KIND = r"(?:村|村委|嘎查|村民委员会|村委会)$"
_PUNCTUATION = re.compile(r"[ ,，、。.]")
_with_committee, _with_village = re.compile(_WITH_COMMITTEE), re.compile(_WITH_VILLAGE)
_with_township, _group, _house = re.compile(_WITH_TOWNSHIP), re.compile(_GROUP), re.compile(_HOUSE)
_ONES = {han: str(value) for value, han in enumerate("一二三四五六七八九", start=1)}

_VILLAGE_END = rf"(.)村*(?:{_COMMITTEE})$|(.)村+$"

PARTS = {
    "township": pl.String,  # as written, with 镇 or 乡
    "village": pl.String,  # its stem
    "kind": pl.String,  # village | community, as far as the suffix says
    "group": pl.String,  # digits
    "house": pl.String,  # digits, 12-3 kept
}


def address_parts(s: pl.Series) -> pl.DataFrame:
    """A text column of addresses → the columns of PARTS; rows as in `s`, null where a part is not there."""
    return on_distinct(s, _parts)


def _parts(s: pl.Series) -> pl.DataFrame:
    text = pl.col("text")
    frame = pl.DataFrame({"text": plain_column(s).str.replace_all(r"[ ,，、。.]", "").alias("text")})
    titled, plain = text.str.extract_groups(_WITH_COMMITTEE), text.str.extract_groups(_WITH_VILLAGE)
    full = pl.when(titled.struct.field("village").is_not_null()).then(titled).otherwise(plain)
    short = text.str.extract_groups(_WITH_TOWNSHIP)
    frame = frame.with_columns(full=full, short=short)
    found = pl.col("full").struct.field("village").is_not_null()
    frame = frame.with_columns(
        township=pl.when(found)
        .then(pl.col("full").struct.field("township"))
        .otherwise(pl.col("short").struct.field("township")),
        village=pl.col("full").struct.field("village"),
        suffix=pl.col("full").struct.field("suffix"),
        rest=pl.when(found)
        .then(pl.col("full").struct.field("rest"))
        .otherwise(pl.coalesce(pl.col("short").struct.field("rest"), text)),
    )
    return frame.select(
        "township",
        village=_stem(pl.col("village")),
        kind=_kind(pl.col("suffix")),
        group=_arabic(pl.col("rest").str.extract(_GROUP)),
        house=pl.col("rest").str.extract(_HOUSE).str.replace("之", "-"),
    )


@dataclass(frozen=True)
class Address:
    """One address taken apart; fields as PARTS says."""

    township: str | None = None
    village: str | None = None
    kind: str | None = None
    group: str | None = None
    house: str | None = None


def address(text: str | None) -> Address:
    """`address_parts` of one text, in a hundredth of the time a column of one takes."""
    out = plain(text)
    if out is None:
        return Address()
    out = _PUNCTUATION.sub("", out)
    full = _with_committee.search(out) or _with_village.search(out)
    short = _with_township.search(out)
    found = full or short
    rest = (found["rest"] or "") if found else out
    group, house = _group.search(rest), _house.search(rest)
    return Address(
        township=found["township"] if found else None,
        village=re.sub(r"(.)村+$", r"\1", full["village"]) if full else None,
        kind=_kind_of(full["suffix"]) if full else None,
        group=_digits(group[1]) if group else None,
        house=house[1].replace("之", "-", 1) if house else None,
    )


def _kind_of(suffix: str) -> str | None:
    if re.search(_COMMUNITY, suffix):
        return "community"
    return "village" if re.search(_VILLAGE_KIND, suffix) else None


def _digits(numeral: str) -> str:
    if "十" in numeral:
        before, _, behind = numeral.partition("十")
        tens, ones = _ONES.get(before[-1:], "1"), _ONES.get(behind, "0")
        return tens + ones
    western = "".join(_ONES.get(one, one) for one in numeral)
    return re.sub(r"^0+([0-9])", r"\1", western)


def village_parts(s: pl.Series) -> pl.DataFrame:
    """A column holding village names (杨堡村委会, 杨堡村, 杨堡) → village (stem), kind; rows as in `s`."""
    text = pl.col("text")
    frame = pl.DataFrame({"text": plain_column(s).str.replace_all(" ", "").alias("text")})
    # A whole address in the village column is cut down to its village first.
    longer = frame.select(pl.when(text.str.contains("[0-9镇乡]")).then(text)).to_series(0)
    parsed = address_parts(longer)
    frame = frame.with_columns(parsed["village"].alias("parsed"), parsed["kind"].alias("parsed_kind"))
    return frame.select(
        village=pl.coalesce("parsed", village_stem_expr(text)),
        kind=pl.coalesce("parsed_kind", _kind(text)),
    )


def village_stem_expr(name: pl.Expr) -> pl.Expr:
    """A village's name without 村, 村委会, 社区居委会 …; one character always stays."""
    return name.str.replace(_VILLAGE_END, "${1}${2}")


def township_stem_expr(name: pl.Expr) -> pl.Expr:
    """A township's name without 镇, 乡, 回族乡, 街道办事处 …; one character always stays."""
    stem = name.str.replace(_township_end(), "")
    return pl.when(stem == "").then(name).otherwise(stem)


@cache
def _township_end() -> str:
    """The suffix of a township's name; a 民族乡 bears its peoples' names before it (长铺子苗族侗族乡)."""
    peoples = "|".join(sorted(ethnic_groups(), key=len, reverse=True))
    return rf"(?:街道办事处|街道|(?:{peoples})*民?族?乡|镇|苏木)$"


def kind_expr(name: pl.Expr) -> pl.Expr:
    """village or community by the suffix of a committee's name, null where it has none."""
    return _kind(name)


def _stem(village: pl.Expr) -> pl.Expr:
    """What stands before the suffix, itself without 村 at its end (新村 in 新村社区 is found as 新)."""
    return village.str.replace(r"(.)村+$", "${1}")


def _kind(suffix: pl.Expr) -> pl.Expr:
    return (
        pl.when(suffix.str.contains(_COMMUNITY))
        .then(pl.lit("community"))
        .when(suffix.str.contains(_VILLAGE_KIND))
        .then(pl.lit("village"))
    )


def _arabic(numeral: pl.Expr) -> pl.Expr:
    """十二 → 12, 03 → 3; up to 九十九, more groups no village has."""
    tens = numeral.str.extract("^[^十]*?([^十]?)十").replace_strict(_ONES, default="1", return_dtype=pl.String)
    ones = numeral.str.extract("^[^十]*十(.)$").replace_strict(_ONES, default="0", return_dtype=pl.String)
    return (
        pl.when(numeral.str.contains("十"))
        .then(tens + ones)
        .otherwise(numeral.str.replace_many(_ONES).str.replace(r"^0+([0-9])", "${1}"))
    )
