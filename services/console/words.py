"""Codes of the two services as staff call them. What has no word here is shown as it is."""

import re
from collections.abc import Mapping

from kit import reveals

PROGRAMMES: Mapping[str, str] = {
    "dibao-rural": "农村低保",
    "dibao-urban": "城市低保",
    "tekun-institution": "特困集中供养",
    "tekun-home": "特困分散供养",
    "dibao-margin": "低保边缘家庭",
    "rigid-expenditure": "刚性支出困难家庭",
    "temporary-aid": "临时救助",
}
FORMS: Mapping[str, str] = {"household": "整户", "single": "单人"}
COVERAGE_STATUS: Mapping[str, str] = {
    "planned": "尚未开始",
    "running": "在保",
    "suspended": "停发中",
    "phasing-out": "渐退中",
    "phase-out-over": "渐退期满",
    "ended": "已停保",
}
END_REASONS: Mapping[str, str] = {
    "income-above": "收入超标",
    "property": "财产超标",
    "died": "死亡",
    "moved": "户籍迁出",
    "other-programme": "转其他救助",
    "phased-out": "渐退期满",
    "renounced": "主动放弃",
    "wrongly": "错保清退",
    "uncooperative": "不配合核查",
    "other": "其他",
}
PAUSES: Mapping[str, str] = {
    "review-overdue": "未按期复核",
    "account": "账户有问题",
    "away": "外出未归",
    "under-review": "正在复核",
    "job-refused": "拒绝就业推荐",
    "other": "其他原因",
}
HOUSEHOLDS: Mapping[str, str] = {"assistance": "救助家庭", "hukou": "户口", "monitored": "防返贫监测户"}
MONITORED_AS: Mapping[str, str] = {
    "unstable": "脱贫不稳定户",
    "marginal": "边缘易致贫户",
    "sudden": "突发严重困难户",
    "removed": "风险已消除",
}
SEXES: Mapping[str, str] = {"1": "男", "2": "女"}
CASE_STATES: Mapping[str, str] = {
    "awaiting-acceptance": "待签收",
    "verifying": "核查中",
    "returned": "退回补充",
    "awaiting-approval": "待审核",
    "in-progress": "办理中",
    "suspended": "挂起",
    "closed": "已办结",
}
# Why an identity is looked at, as the services count it.
REASONS: Mapping[str, str] = reveals.REASONS
FEEDS: Mapping[str, str] = {
    "cremations": "火化登记",
    "disability-cards": "残疾人证持证人员",
    "disability-subsidies": "残疾人两项补贴发放",
    "economic-check": "家庭经济状况核对结果",
    "emergencies": "受灾和事故人员",
    "health-deaths": "居民死亡医学证明",
    "health-illness": "重大疾病患者",
    "left-behind": "三留守和困境儿童名册",
    "medical-settlements": "医疗费用结算明细",
    "police-answers": "公安核查反馈",
    "rural-monitoring": "防止返贫监测信息",
    "staff-roster": "财政供养人员、村干部和经办人员名册",
    "unemployment": "登记失业人员",
    "village-slip": "村级月报",
    "registry": "登记库",
}
LATER: Mapping[str, str] = {
    "person": "人员",
    "member": "户内成员",
    "household": "家庭",
    "link": "家庭关联",
    "coverage": "救助",
    "suspension": "停发",
    "merge": "人员合并",
    "case": "核查事项",
}


def of_programme(programme: str, form: str | None) -> str:
    """`农村低保（整户）`."""
    title = PROGRAMMES.get(programme, programme)
    return f"{title}（{FORMS.get(form, form)}）" if form else title


def feeds_named(sentence: str) -> str:
    """A sentence of the matcher with its feeds called by their titles."""
    return _FEED.sub(lambda found: FEEDS[found[0]], sentence)


_FEED = re.compile("|".join(f"\\b{re.escape(one)}\\b" for one in sorted(FEEDS, key=len, reverse=True)), re.ASCII)
