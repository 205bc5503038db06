"""Who may confirm an outcome: the township, the county, or either; each county sets it for each code (L19).

Where a county has set nothing either may: that the township confirms and the county samples is then the county's own
affair. A rule set anew for a day supersedes the former; what held on a past day can be asked.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from sqlmodel import Session, col, select

from kit.auth import Caller
from kit.columns import new_id, now
from registry.ledger.problems import AuthorityReserved
from registry.ledger.tables import Authority
from registry.times import NOW, Asked, believed

TOWNSHIP, COUNTY, BOTH = "township", "county", "both"
LEVELS = {TOWNSHIP: "乡镇（街道）", COUNTY: "县级", BOTH: "县级或乡镇"}
_COUNTY_DIGITS = 6


def county_of(area: str) -> str:
    """The 12-digit code of the county an area lies in."""
    return area[:_COUNTY_DIGITS].ljust(12, "0")


def level_of(caller: Caller) -> str:
    """As what the caller confirms: below the county, or as the county (and whatever stands above it)."""
    return TOWNSHIP if caller.area[_COUNTY_DIGITS:].strip("0") else COUNTY


def put_rules(session: Session, area: str, valid_from: date, rules: Mapping[str, str]) -> None:
    """From that day on these codes are confirmed at these levels."""
    at = now()
    for code, level in rules.items():
        query = select(Authority).where(
            col(Authority.area) == area,
            col(Authority.code) == code,
            col(Authority.valid_from) == valid_from,
            *believed(Authority, NOW),
        )
        for former in session.exec(query):
            former.superseded_at = at
            session.add(former)
        session.flush()
        session.add(
            Authority(rule_id=new_id(), area=area, code=code, level=level, valid_from=valid_from, recorded_at=at)
        )
    session.flush()


def rules_on(session: Session, area: str, day: date, asked: Asked = NOW) -> dict[str, Authority]:
    """The rule of each code of a county on a day, of those that were set. No scope clause: a township obeys its
    county's rules although they lie above it."""
    query = select(Authority).where(
        col(Authority.area) == area, col(Authority.valid_from) <= day, *believed(Authority, asked)
    )
    return {
        row.code: row for row in session.exec(query.order_by(col(Authority.valid_from), col(Authority.recorded_at)))
    }


def check(session: Session, caller: Caller, area: str, codes: Iterable[str], day: date) -> None:
    """Whether the caller may confirm these codes there. Raises AuthorityReserved."""
    reserved = reserved_from(caller, rules_on(session, county_of(area), day), codes)
    if reserved is not None:
        raise AuthorityReserved(outcome=reserved.code, level=LEVELS[reserved.level])


def reserved_from(caller: Caller, rules: Mapping[str, Authority], codes: Iterable[str]) -> Authority | None:
    """The first rule that keeps one of these codes from the caller."""
    mine = level_of(caller)
    named = (rules[code] for code in codes if code in rules)
    return next((rule for rule in named if rule.level not in (BOTH, mine)), None)
