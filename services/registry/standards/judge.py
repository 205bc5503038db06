"""The rules of adjustment (E12–E14): pure, over what is on record of an area and those above it.

Urban and rural 低保 by themselves: standard × 12 over last year's consumption per head lies within a guiding interval;
the share does not fall against last year's; who is above the interval does not lower it, who is in its lower part
raises it; a standard only rises. The rules warn: whether an area follows them, the state decides and not we.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from registry.standards.kinds import KINDS, shown
from registry.standards.schemas import FindingOut, StandardVerdictOut
from registry.standards.store import Said, Standards

WHOLE = 10_000  # basis points
CARE = ("care-full", "care-partial", "care-none")
RESIDENTS = {"dibao-urban": "urban", "dibao-rural": "rural"}


@dataclass(frozen=True)
class _Shares:
    """The share a standard has and had, and the interval; None where a figure is missing."""

    now: Fraction | None
    before: Fraction | None
    lower: int | None
    low_part: int | None
    upper: int | None


def judge(known: Standards, said: Said) -> StandardVerdictOut:
    """What the rules say of `said`, which may or may not be on record yet."""
    value = said.value or 0
    residents = RESIDENTS.get(said.kind)
    shares = _shares(known, said, residents) if residents else _Shares(None, None, None, None, None)
    findings = [*_falling(known, said), *_care(known, said)]
    if residents:
        findings += [*_missing(shares, said), *_interval(shares), *_against_last_year(shares)]
    return StandardVerdictOut(
        area=said.area,
        kind=said.kind,
        valid_from=said.valid_from,
        value=value,
        ratio=_shown(shares.now),
        last_ratio=_shown(shares.before),
        lower=shares.lower,
        upper=shares.upper,
        findings=findings,
    )


def _shares(known: Standards, said: Said, residents: str) -> _Shares:
    year = said.valid_from.year
    last = known.value(said.kind, date(year - 1, 12, 31))
    bounds = [known.value(f"ratio-{residents}-{name}", said.valid_from) for name in ("lower", "low-part", "upper")]
    return _Shares(_share(known, residents, year, said.value), _share(known, residents, year - 1, last), *bounds)


def _share(known: Standards, residents: str, year: int, monthly: int | None) -> Fraction | None:
    """A standard of the year over the consumption of the year before it."""
    spent = known.on(f"consumption-{residents}", date(year - 1, 1, 1))
    # A figure without an end would speak of every year to come: it counts for the year it begins in.
    if monthly is None or spent is None or spent.valid_from.year != year - 1:
        return None
    return Fraction(monthly * 12 * WHOLE, spent.value)


def _missing(shares: _Shares, said: Said) -> Iterator[FindingOut]:
    if shares.now is None:
        yield _unknown("consumption-missing", "E12", f"缺 {said.valid_from.year - 1} 年人均消费支出，无法核对占比")
    if shares.lower is None or shares.upper is None:
        yield _unknown("interval-missing", "E12", "缺指导区间，无法核对占比")
    if shares.before is None:
        yield _unknown("last-ratio-missing", "E13", "缺上年标准或其上一年人均消费支出，无法与上年占比相比")


def _interval(shares: _Shares) -> Iterator[FindingOut]:
    if shares.now is None or shares.lower is None or shares.upper is None:
        return
    if shares.now < shares.lower:
        yield _warning("ratio-below", "E12", f"占比 {_percent(shares.now)} 低于指导区间下限 {_percent(shares.lower)}")
    # Who was above already may stay there (E13): only who comes to lie above now is told.
    if shares.now > shares.upper and not (shares.before is not None and shares.before > shares.upper):
        yield _warning("ratio-above", "E12", f"占比 {_percent(shares.now)} 高于指导区间上限 {_percent(shares.upper)}")


def _against_last_year(shares: _Shares) -> Iterator[FindingOut]:
    if shares.now is None or shares.before is None:
        return
    told = f"上年 {_percent(shares.before)}，本次 {_percent(shares.now)}"
    if shares.now < shares.before:
        yield _warning("ratio-falls", "E12", f"占比比上年下降：{told}")
    if shares.upper is not None and shares.now < shares.before and shares.before > shares.upper:
        yield _warning("ratio-must-not-fall", "E13", f"已高于指导区间，不能降低比例：{told}")
    if shares.low_part is not None and shares.before < shares.low_part and shares.now <= shares.before:
        yield _warning("ratio-must-rise", "E13", f"处于指导区间低位，应适度提高比例：{told}")


def _falling(known: Standards, said: Said) -> Iterator[FindingOut]:
    before = known.value(said.kind, said.valid_from - timedelta(days=1))
    if KINDS[said.kind].group == "standard" and before is not None and (said.value or 0) < before:
        rule = "E13" if said.kind in RESIDENTS else "E14"
        message = f"标准只升不降：此前为 {shown(said.kind, before)} 元，本次为 {shown(said.kind, said.value or 0)} 元"
        yield _warning("standard-falls", rule, message)


def _care(known: Standards, said: Said) -> Iterator[FindingOut]:
    """Who can do less for himself is not given less care."""
    if said.kind not in CARE:
        return
    values = [said.value if one == said.kind else known.value(one, said.valid_from) for one in CARE]
    there = [one for one in values if one is not None]
    if there != sorted(there):
        yield _warning("care-unordered", "E14", "照料护理标准应随自理能力丧失程度递增")


def _shown(share: Fraction | None) -> int | None:
    return None if share is None else int(share)


def _percent(share: Fraction | int) -> str:
    return f"{int(share) // 100}.{int(share) % 100:02d}%"


def _warning(code: str, rule: str, message: str) -> FindingOut:
    return FindingOut(code=code, severity="warning", rule=rule, message=message)


def _unknown(code: str, rule: str, message: str) -> FindingOut:
    return FindingOut(code=code, severity="unknown", rule=rule, message=message)
