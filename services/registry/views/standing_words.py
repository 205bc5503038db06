"""Why a household stood as it did, sentence by sentence, as a village officer would say it. Asks nothing."""

from collections.abc import Iterator, Sequence
from datetime import date

from registry.coverage import codes
from registry.coverage.rules import COVERING, TITLES
from registry.ledger.outcome_codes import OUTCOMES
from registry.views.standing_people import People
from registry.views.standing_schemas import (
    FindingCode,
    StandingCaseOut,
    StandingCoverageOut,
    StandingFindingOut,
    StandingMemberOut,
)

FORMS = {"household": "整户保", "single": "单人保"}
PAUSES = {
    "review-overdue": "未按期复核",
    "account": "账户有问题",
    "away": "外出未归",
    "under-review": "正在复核",
    "job-refused": "拒绝就业推荐",
    "other": "其他原因",
}
CLOSED = "closed"


def of_household(
    people: People | None, members: Sequence[StandingMemberOut], cases: Sequence[StandingCaseOut]
) -> list[StandingFindingOut]:
    """The findings of the household and then of each member; without people the household was not known."""
    if people is None:
        return [_said("household-unknown", None, "当时登记库里还没有这一户，名单上不会有。")]
    found = list(_of_people(people))
    singles = [one for one in members if any(_single(held) for held in one.coverage)]
    for member in members:
        found += list(_of_member(member, [one for one in singles if one is not member]))
    for case in cases:
        found += list(_of_case(None, "这一户", case))
    return found


def _of_people(people: People) -> Iterator[StandingFindingOut]:
    if people.by_support:
        begins = f"自{_day(people.since)}起有登记；此前" if people.since else "没有登记，"
        yield _said("members-by-coverage", None, f"户内成员{begins}按当日在保人员认定。")
    elif not people.members:
        yield _said("nobody", None, "当时这一户没有登记任何成员。")


def _single(held: StandingCoverageOut) -> bool:
    return held.covers and held.form == "single"


def _of_member(member: StandingMemberOut, singles: Sequence[StandingMemberOut]) -> Iterator[StandingFindingOut]:
    who, name = member.person_id, member.name
    if member.protected:
        yield _said("protected", who, "有一名受保护的成员，情况不在这里显示，请问专管人员。")
        return
    if member.died_on is not None:
        yield _said("died", who, f"{name}已登记死亡（{_day(member.died_on)}），不列入漏保名单。")
    for other in member.merged:
        yield _said("merged", who, f"另一条登记（{other}）当时已认定就是{name}，只算一人。")
    for held in member.coverage:
        yield from _of_coverage(who, name, held)
    if not member.covered:
        yield from _uncovered(member, singles)
    if member.categories:
        first = member.categories[0]
        yield _said("category", who, f"{name}属于低收入人口第{first.category}类：{first.title}，按这一类计一次。")
    for case in member.cases:
        yield from _of_case(who, name, case)
    if not member.cases:
        yield _said("no-case", who, f"当时没有关于{name}的核查事项：没有部门的线索转来，或线索还没有开立。")


def _uncovered(member: StandingMemberOut, singles: Sequence[StandingMemberOut]) -> Iterator[StandingFindingOut]:
    who, name = member.person_id, member.name
    if singles:
        yield _said("beside-single", who, f"{name}是单人保家庭的成员，但只保{singles[0].name}一人，{name}不在保。")
    elif not member.coverage:
        yield _said("not-covered", who, f"{name}没有登记过任何救助。")
    else:
        yield _said("not-covered", who, f"{name}当天不在低保、特困保障中。")


def _of_coverage(who: str, name: str, held: StandingCoverageOut) -> Iterator[StandingFindingOut]:
    what = TITLES.get(held.programme, held.programme)
    what += f"（{FORMS[held.form]}）" if held.form in FORMS else ""
    since = _month(held.start)
    if held.status == "planned":
        yield _said("planned", who, f"{name}的{what}要从{since}才开始。")
    elif held.status == "ended":
        why = codes.word_of(codes.END_REASONS, held.end_reason)
        end = _month(held.end) if held.end else "此前"
        yield _said("ended", who, f"{name}的{what}到{end}已停保{f'，原因：{why}' if why else ''}。")
    elif held.status == "suspended":
        pause = held.suspensions[-1]
        why = PAUSES.get(pause.reason, pause.reason)
        yield _said("suspended", who, f"{name}的{what}自{_day(pause.start)}起停发（{why}），停发期间不算在保。")
    elif held.programme not in COVERING:
        yield _said("other-support", who, f"{name}有{what}（自{since}），这不算低保、特困，不影响列入名单。")
    elif held.status in {"phasing-out", "phase-out-over"}:
        yield _said("phasing-out", who, f"{name}的{what}正在渐退，尚未停保，仍算在保，不列入漏保名单。")
    else:
        yield _said("covered", who, f"{name}自{since}起享受{what}，当天在保，不列入漏保名单。")


def _of_case(who: str | None, name: str, case: StandingCaseOut) -> Iterator[StandingFindingOut]:
    opened = _day(case.opened_on)
    told = "、".join(f"{code} {OUTCOMES[code].title}" for code in case.codes if code in OUTCOMES)
    if case.state != CLOSED:
        found = f"，已报结果：{told}" if told else ""
        yield _said("case-open", who, f"关于{name}的事项{opened}已开立，当时状态：{case.state_label}{found}。")
    else:
        yield _said(
            "case-closed", who, f"关于{name}的事项（{opened}开立）当时已办结{f'，结果：{told}' if told else ''}。"
        )
    if case.suppressed_until is not None:
        until = _day(case.suppressed_until)
        yield _said("suppressed", who, f"核查后有结论，{until}以前没有新情况的，同样的线索不再列给乡镇。")


def _said(code: FindingCode, who: str | None, text: str) -> StandingFindingOut:
    return StandingFindingOut(code=code, person_id=who, text=text)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _month(day: date) -> str:
    return f"{day.year}年{day.month}月"
