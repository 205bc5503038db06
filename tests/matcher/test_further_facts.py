"""From an agency's file to a finding, for the facts that came last: components, kin, work, a child's allowance."""

from typing import Any

from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.profiled import Office, profile


def listed(matcher: Matcher, screen: str) -> dict[str, tuple[str, str]]:
    """Name → tier and reason of whom a screen lists."""
    found = {}
    for lead in matcher.leads():
        for one in matcher.get(f"/leads/{lead['lead_id']}")["findings"]:
            if one["screen"] == screen:
                found[lead["name"]] = (one["tier"], one["reason"])
    return found


def push(matcher: Matcher, feed: str, *rows: tuple[str, ...]) -> None:
    """A delivery of its agency, taken and worked off; the first row is the header."""
    answer = matcher.push(feed, county.csv(rows[0], rows[1:]))
    assert answer.status_code == 202, answer.text
    matcher.work()


def registered(matcher: Matcher, name: str, number: str, **more: Any) -> str:
    return matcher.registry.put_person(county.person(name, number, coverage=[county.covered()], **more))


def test_a_component_of_a_card_of_several_is_a_near_miss(matcher: Matcher) -> None:
    head = ("姓名", "残疾人证号", "残疾类别", "残疾等级", "状态", "多重残疾类别", "智力残疾等级")
    one, other = (f"{number}73" for _, number in county.numbered(2))
    rows = (
        ("马福", one, "多重", "三级", "有效", "肢体、智力", ""),
        ("丁顺", other, "多重", "三级", "有效", "", "四级"),
    )
    push(matcher, "disability-cards", head, *rows)
    found = listed(matcher, "severe-card-lapsed")
    assert list(found) == ["马福"]
    assert found["马福"][0] == "观察"
    assert "其中有智力残疾" in found["马福"][1]


def test_an_official_s_mother_is_found_by_her_own_answer_and_by_his(matcher: Matcher) -> None:
    (mother, number), (son, his), (wife, hers), (nobody, other) = county.numbered(4)
    for name, of in ((mother, number), (wife, hers), (nobody, other)):
        registered(matcher, name, of)
    head = ("姓名", "身份证号", "人员类别", "单位及职务")
    push(matcher, "staff-roster", head, (son, his, "村干部", "某村委会主任"))
    assert listed(matcher, "unfiled-relative") == {}
    head = ("姓名", "身份证号", "户籍状态", "反馈日期", "母亲身份证号", "配偶身份证号")
    answers = ((son, his, "在册", "2021-05-20", number, ""), (wife, hers, "在册", "2021-05-20", "", his))
    strange = (nobody, other, "在册", "2021-05-20", county.number("19400101", 22), "")
    push(matcher, "police-answers", head, *answers, strange)
    found = listed(matcher, "unfiled-relative")
    assert set(found) == {mother, wife}, "hers names him, his names his mother; the fourth's mother is nobody here"
    assert all("近亲属是某村委会主任" in reason for _, reason in found.values())
    # The numbers of relatives stand in no lead.
    shown = [str(matcher.get(f"/leads/{lead['lead_id']}")) for lead in matcher.leads()]
    assert not [one for one in shown if his in one]


def test_whoever_works_may_be_phased_out_where_the_county_asks_for_work(matcher: Matcher) -> None:
    people = county.numbered(3)
    ids = [registered(matcher, name, number) for name, number in people]
    matcher.registry.derive(
        "income-ratio", *({"subject_id": one, "number": 1.5, "valid_from": "2021-05-01"} for one in ids)
    )
    (works, first), (trades, second), (neither, third) = people
    head = ("姓名", "身份证号", "失业登记时间", "失业待遇情况", "就业登记日期")
    row = (works, first, "2020-06-01", "已就业", "2021-03-01")
    push(matcher, "unemployment", head, row, (neither, third, "2020-06-01", "未参保", ""))
    head = ("姓名", "身份证号", "核对项目", "核对内容", "登记日期", "终止日期")
    ended = (neither, third, "就业登记", "某厂", "2020-01-01", "2021-05-31")
    push(
        matcher,
        "economic-check",
        head,
        (trades, second, "个体工商户", "小卖部", "2020-01-01", ""),
        ended,
    )
    assert listed(matcher, "phase-out-due") == {}, "the county has set no multiple"
    Office(matcher).in_force(profile(phase_out_multiple=2, phase_out_causes=["employment"]))
    matcher.work()
    assert set(listed(matcher, "phase-out-due")) == {works, trades}


def test_an_orphan_of_the_register_without_an_allowance_is_listed(matcher: Matcher) -> None:
    paid, unpaid, over = (county.number(f"2012020{day}", day) for day in (1, 2, 3))
    head = ("姓名", "身份证号", "对象类别", "纳入日期", "月基本生活费", "起发年月", "停发年月")
    rows = (
        ("马一", paid, "孤儿", "2020-09-01", "1000", "2020-10", "2021-06"),
        ("丁二", unpaid, "事实无人抚养儿童", "2020-09-01", "", "", ""),
        ("安三", over, "孤儿", "2020-09-01", "1000", "2020-10", "2021-05"),
    )
    push(matcher, "left-behind", head, *rows)
    found = listed(matcher, "left-behind-groups")
    assert {name: tier for name, (tier, _) in found.items()} == {"丁二": "必访", "安三": "必访"}
    assert all("没有基本生活费" in reason for _, reason in found.values())
