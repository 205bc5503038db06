"""The medical insurance's bills from file to match list: above the line is listed, who is not any more is not."""

from tests.matcher import county
from tests.matcher.conftest import Matcher

HEAD = ("姓名", "身份证号", "结算流水号", "诊断名称", "结算日期", "个人自付", "结算状态")


def listed(matcher: Matcher) -> dict[str, str]:
    """Name → reason of whoever is on the list for a serious illness."""
    found = {}
    for lead in matcher.leads():
        for one in matcher.get(f"/leads/{lead['lead_id']}")["findings"]:
            if one["screen"] == "uncovered-serious-illness":
                found[lead["name"]] = one["reason"]
    return found


def test_bills_of_twelve_months_list_a_person_until_one_is_reversed(matcher: Matcher) -> None:
    first, second = county.numbered(2)
    bills = [
        (*first, "S1", "肺恶性肿瘤", "2020-11-05", "7000", "正常结算"),
        (*first, "S2", "肺恶性肿瘤", "2021-03-05", "6000", "正常结算"),
        (*second, "S3", "股骨颈骨折", "2021-03-05", "9000", "正常结算"),
        (*second, "S4", "股骨颈骨折", "2020-05-31", "9000", "正常结算"),
    ]
    assert matcher.push("medical-settlements", county.csv(HEAD, bills)).status_code == 202
    matcher.work()
    assert list(listed(matcher)) == [first[0]]
    assert "肺恶性肿瘤，医保结算近12个月个人自付合计13000元（达到10000元线）" in listed(matcher)[first[0]]
    again = [*bills, (*first, "S2", "肺恶性肿瘤", "2021-05-20", "-6000", "冲正")]
    assert matcher.push("medical-settlements", county.csv(HEAD, again)).status_code == 202
    matcher.work()
    assert listed(matcher) == {}
