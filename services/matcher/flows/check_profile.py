"""What is wrong with a profile somebody drafts, all of it at once and each with its reason, in Chinese."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson

from kit.auth import Caller
from kit.problems import FieldIssue
from kit.scope import NATION, covers, sees
from matcher.profiles.store import Wording
from matcher.screens.catalogue import BY_ID, SETTINGS
from matcher.screens.parameters import PerScreen, Profile, unfit

MOST_BYTES = 200_000  # of all values together
_PER_SCREEN = {one.name for one in SETTINGS if isinstance(one, PerScreen)}
_KNOWN = {one.name for one in SETTINGS}


@dataclass(frozen=True)
class Bench:
    """What a profile is judged by."""

    caller: Caller
    today: date
    backdate_days: int
    approved: Sequence[Profile]
    divisions: frozenset[str]  # codes that are divisions today; none: the registry has told of none yet


def faults(bench: Bench, said: Wording) -> list[FieldIssue]:
    """Everything that is wrong with it; none: it may be kept."""
    return [*_of_area(bench, said), *_of_days(bench, said), *_of_campaign(bench, said), *_of_values(said)]


def _of_area(bench: Bench, said: Wording) -> Iterator[FieldIssue]:
    if not covers(bench.caller.area, said.area) or not sees(bench.caller, said.area):
        yield FieldIssue("/area", "area-outside", "区划不在您的管辖范围内")
    elif said.area != NATION and bench.divisions and said.area not in bench.divisions:
        yield FieldIssue("/area", "area-unknown", "没有这个区划，或已撤销")


def _of_days(bench: Bench, said: Wording) -> Iterator[FieldIssue]:
    earliest = bench.today - timedelta(days=bench.backdate_days)
    if said.valid_from < earliest:
        yield FieldIssue("/valid_from", "too-early", f"最早可自 {earliest} 起（追溯不超过 {bench.backdate_days} 天）")
    if said.valid_to is None:
        return
    if said.valid_to < said.valid_from:
        yield FieldIssue("/valid_to", "ends-before-start", "最后一天早于第一天")
    elif said.valid_to < bench.today:
        yield FieldIssue("/valid_to", "already-over", "最后一天已过")


def _of_campaign(bench: Bench, said: Wording) -> Iterator[FieldIssue]:
    if said.campaign is None:
        if said.exempt:
            yield FieldIssue("/exempt", "exempt-needs-campaign", "免核对须注明所属专项政策（campaign），并有结束日期")
        return
    if said.valid_to is None:
        yield FieldIssue("/valid_to", "campaign-needs-end", "专项政策须有结束日期，到期后才能转入复核")
        return
    first, last = said.valid_from.isoformat(), said.valid_to.isoformat()
    for one in bench.approved:
        if one["campaign"] is None or one["area"] != said.area:
            continue
        if one["valid_from"] <= last and first <= one["valid_to"]:
            told = f"与已批准的专项政策“{one['campaign']}”（{one['valid_from']} 至 {one['valid_to']}）日期重叠"
            yield FieldIssue("/campaign", "campaign-overlap", f"{told}；请改日期，或先终止前者")


def _of_values(said: Wording) -> Iterator[FieldIssue]:
    if not said.values and not said.exempt:
        yield FieldIssue("/values", "values-missing", "没有任何参数；要回到上级的规定，请终止现行档案（/end）")
    try:
        size = len(orjson.dumps(dict(said.values)))
    except TypeError:
        yield FieldIssue("/values", "values-unreadable", "含有无法保存的数或文字")
        return
    if size > MOST_BYTES:
        yield FieldIssue("/values", "values-too-large", f"全部参数合计不得超过 {MOST_BYTES} 字节")
        return
    for name, why in sorted(unfit(said.values, SETTINGS).items()):
        code = "value-unfit" if name in _KNOWN else "setting-unknown"
        yield FieldIssue(f"/values/{_token(name)}", code, why)
    yield from _of_screens(said.values)
    yield from _of_basis(said)


def _of_screens(values: Mapping[str, Any]) -> Iterator[FieldIssue]:
    for name in sorted(_PER_SCREEN & set(values)):
        told = values[name]
        for screen in sorted(set(told) - set(BY_ID)) if isinstance(told, dict) else ():
            yield FieldIssue(f"/values/{name}/{_token(screen)}", "screen-unknown", "没有这个筛查项")


def _of_basis(said: Wording) -> Iterator[FieldIssue]:
    for name in sorted(set(said.values) - set(said.basis)):
        yield FieldIssue(f"/basis/{_token(name)}", "basis-missing", "须写明此参数的文件依据")
    for name in sorted(set(said.basis) - set(said.values)):
        yield FieldIssue(f"/basis/{_token(name)}", "basis-idle", "没有设这个参数，不需要依据")


def _token(name: str) -> str:
    """As RFC 6901 writes it."""
    return name.replace("~", "~0").replace("/", "~1")
