"""The fields of a visit's form, as data: which outcome asks for which stands in the registry's catalogue of codes."""

import re
from dataclasses import dataclass

HOW = (("visit", "入户"), ("phone", "电话"), ("village", "村里了解"), ("comparison", "数据核对"))
_YUAN = re.compile(r"\d{1,9}(\.\d{1,2})?")


@dataclass(frozen=True)
class Field:
    """One field: its name in the registry's OutcomeIn, its title, what it is, and a hint."""

    name: str
    title: str
    kind: str = "text"  # text | long | date | month | yuan | choice
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


FIELDS = (
    Field("form", "保障方式", "choice", choices=(
        ("household", "整户保"), ("single", "单人保"), ("institution", "集中供养"), ("home", "分散供养"),
    )),
    Field("reason", "不符合的原因", "choice", choices=(
        ("income", "收入超标准"), ("property", "财产超标准"), ("supporters", "义务人有能力"), ("other", "其他"),
    )),
    Field("refer_to", "转介、移送到", hint="如：县医疗保障局"),
    Field("died_on", "死亡日期", "date"),
    Field("stop_from", "从哪个月起停发", "month"),
    Field("paid_month", "涉及的发放月份", "month"),
    Field("overpaid_fen", "多发金额（元）", "yuan"),
    Field("recovered_fen", "已追回金额（元）", "yuan"),
    Field("duplicate_of", "与哪条线索重复", hint="另一条线索的编号"),
    Field("revisit_on", "约定再访日期", "date"),
    Field("name", "证件上的姓名", hint="查看过身份证时填写"),
    Field("id_number", "身份证号", hint="查看过身份证时填写"),
    Field("note", "情况说明", "long"),
)  # fmt: skip


def fen_of(told: str) -> int | None:
    """Yuan as typed (`1234.5`) in fen; None where it is no amount."""
    plain = told.replace(",", "").replace("，", "").removesuffix("元").strip()
    if not _YUAN.fullmatch(plain):
        return None
    yuan, _, fen = plain.partition(".")
    return int(yuan) * 100 + int(fen.ljust(2, "0") or 0)
