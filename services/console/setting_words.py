"""The screens' settings as staff read and write them: what each code of a list is called, and values in words."""

from collections.abc import Callable, Mapping
from typing import Any

from console.words import FEEDS, PROGRAMMES

Setting = Mapping[str, Any]
MOST = 8  # words of a long list that are told
DISABILITIES: Mapping[str, str] = {
    "1": "视力", "2": "听力", "3": "言语", "4": "肢体", "5": "智力", "6": "精神", "7": "多重",
}  # fmt: skip
GRADES = ("一级", "二级", "三级", "四级")
WORDS: Mapping[str, str] = {
    **PROGRAMMES,
    "valid": "有效", "frozen": "冻结", "cancelled": "注销", "expired": "过期",
    "active": "监测中", "removed": "风险已消除",
    "able": "普通劳力", "skilled": "技能劳力", "weak": "弱劳力", "none": "无",
    "certain": "确认是本人", "probable": "很可能是本人", "possible": "可能是本人",
    "single": "单人保", "household": "整户保",
    "severe": "重残", "serious": "重病", "monitored": "监测对象",
    "disaster": "因灾", "accident": "因意外", "epidemic": "因疫", "fire": "因火灾", "other": "其他",
    "self-paid": "个人自付费用过线", "listed-without-cost": "没有费用的按病种目录", "listed": "按病种目录",
    "insurance-benefit": "享受大病保险等待遇",
    "moved-out": "已迁出",
    "company": "企业", "vehicle": "车辆", "vehicle-disabled": "残疾人专用车辆", "public-payroll": "财政供养",
    "public-welfare-post": "公益性岗位", "deposit-over-limit": "存款超限",
    "civil-affairs": "民政干部职工", "village-cadre": "村干部", "payroll": "财政供养人员", "handler": "经办人员",
    "head": "户主", "member": "同户成员", "custodian": "备案的代管人", "unstated": "没有写户名的",
    "policy": "享受脱贫政策", "employment": "就业创业",
    "full": "具备", "partly": "部分丧失",
    "identity": "身份", "card": "残疾人证", "coverage": "在保情况",
    "death": "死亡", "household-registration": "户籍",
}  # fmt: skip
# The same code may mean another thing in another list.
OWN: Mapping[str, Mapping[str, str]] = {
    "gone_registrations": {"none": "查无此人", "cancelled": "户口注销"},
    "care_levels": {"none": "完全丧失", "full": "具备自理能力", "partly": "部分丧失自理能力"},
    "weak_labour": {"none": "无劳力"},
}


def word_of(setting: str, code: str) -> str:
    """What a code of a setting's list is called."""
    return OWN.get(setting, {}).get(code) or WORDS.get(code, code)


def text_of(setting: Setting, value: Any) -> str:
    """A value in words: `10,000 元`, `农村低保、城市低保`, `未设定`."""
    if value is None:
        return "未设定，不筛查"
    told = _TEXTS.get(setting["kind"])
    return str(value) if told is None else told(setting, value)


def _number(setting: Setting, value: Any) -> str:
    """A share is told per cent beside the number it is typed as."""
    more = f"（{value * 100:.10g}%）" if setting["unit"] == "比例" else f" {setting['unit']}"
    return f"{value:,.10g}{more}"


def _grades(_: Setting, value: Any) -> str:
    return "；".join(f"{DISABILITIES[one]}{'、'.join(GRADES[it - 1] for it in value[one])}" for one in sorted(value))


def _words(setting: Setting, value: Any) -> str:
    return _listed([word_of(setting["setting"], one) for one in value], setting["unit"]) or "一项也没有"


def _by_key(setting: Setting, value: Any) -> str:
    """Of each screen, colour or kind of fact what is said of it; of an order its sources, the one believed first
    before."""
    told = {
        one: "→".join(FEEDS.get(feed, feed) for feed in it) if isinstance(it, list) else str(it)
        for one, it in value.items()
    }
    return "；".join(f"{word_of(setting['setting'], one)} {it}" for one, it in told.items()) or "没有另设"


_TEXTS: Mapping[str, Callable[[Setting, Any], str]] = {
    "flag": lambda _, value: "是" if value else "否",
    "amount": _number,
    "whole": _number,
    "grades": _grades,
    "diseases": lambda setting, value: _listed([one["name"] for one in value], setting["unit"]),
    "words": _words,
    "per-screen": _by_key,
    "colours": _by_key,
    "orders": _by_key,
}


def _listed(words: list[str], unit: str) -> str:
    more = f"等 {len(words)} {unit}" if len(words) > MOST else ""
    return "、".join(words[:MOST]) + more


def bounds_of(setting: Setting) -> str:
    """`100 到 1,000,000 元`; nothing where there are none."""
    low, high = setting["low"], setting["high"]
    if low is None or high is None:
        return ""
    if isinstance(low, str):
        return f"{low} 到 {high}"
    return f"{low:,.10g} 到 {high:,.10g} {setting['unit']}"
