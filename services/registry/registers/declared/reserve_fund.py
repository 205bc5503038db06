"""临时救助备用金台账: every movement of a township's reserve, and what is wrong with it (E10)."""

from collections.abc import Hashable

from registry.registers.declared.temporary_aid import TIERS, TYPES
from registry.registers.declaring import (
    Alike,
    Below,
    ByStandard,
    Doubt,
    Field,
    Kind,
    Limit,
    Reason,
    Register,
    Unlinked,
    Values,
    choice,
    date_of,
    day,
    needed_where,
    person,
    text,
)

KINDS = {
    "opening": "期初结存",
    "top-up": "拨入",
    "receipt": "其他收入",
    "return": "退回",
    "payment": "救助支出",
    "surrender": "上缴",
}
IN = frozenset({"opening", "top-up", "receipt", "return"})
OVER = Reason("reserve-over-tier", "支出超过乡镇审批限额", "more than a township may pay")
REPEATED = Reason("reserve-payee-repeated", "同一对象本年度多次领取", "paid more than once in a calendar year")
OVERDRAWN = Reason("reserve-overdrawn", "支出后结存为负", "the balance falls below nought")
UNKNOWN = Reason("aid-unknown", "所填救助编号没有临时救助登记", "names no temporary aid on record")
BARE = Reason("reserve-receipt-missing", "支出没有领款凭证", "a payment without a receipt")
TWICE = Reason("reserve-opening-twice", "期初结存登记多次", "more than one opening balance")


def signed(values: Values) -> int:
    """What a movement does to the balance, in fen."""
    amount: int = values["amount"]
    return amount if values["kind"] in IN else -amount


def _is_payment(values: Values) -> bool:
    return values.get("kind") == "payment"


def _over(values: Values, limit: Limit) -> bool:
    on = date_of(values, "booked_on")
    if not _is_payment(values) or on is None:
        return False
    most = limit(TIERS[values["type"]], on)
    return most is not None and values["amount"] > most


def _payee(values: Values) -> Hashable | None:
    if not _is_payment(values):
        return None
    who = values["recipient"]
    return who.get("id_number") or who.get("person_id") or who["name"], values["booked_on"][:4]


REGISTER = Register(
    id="reserve-fund",
    title="临时救助备用金台账",
    about="area",
    duty="E10",
    citation="吉林省民政厅实施意见（2020-04-01）：“全部建立乡镇（街道）临时救助备用金，分档设定救助标准”；"
    "泾民发〔2021〕32号：“备用金使用不规范”",
    fields=(
        text("fund", "备用金名称", needed=True, also=("备用金", "乡镇（街道）")),
        text("number", "凭证号", needed=True, also=("凭证编号", "流水号")),
        day("booked_on", "日期", needed=True, also=("记账日期",)),
        choice("kind", "收支类别", KINDS, needed=True, also=("类别", "摘要")),
        Field("amount", "金额", Kind.MONEY, needed=True),
        person("recipient", "领取人", also=("救助对象",)),
        choice("type", "救助类型", TYPES),
        text("aid_number", "救助编号"),
        text("receipt", "领款凭证", also=("收据编号",)),
        text("handler", "经办人"),
        text("note", "备注"),
    ),
    key=("fund", "number"),
    subject="recipient",
    begins="booked_on",
    rules=(
        needed_where("recipient", "救助支出须写明领取人", "who was paid", _is_payment),
        needed_where("type", "救助支出须写明救助类型", "which type of aid", _is_payment),
        needed_where("aid_number", "救助支出须写明救助编号", "which aid it paid", _is_payment),
    ),
    doubts=(Doubt(BARE, lambda values, _: _is_payment(values) and values.get("receipt") is None),),
    beside=(
        ByStandard(OVER, _over),
        Alike(REPEATED, _payee),
        Alike(TWICE, lambda values: values["fund"] if values["kind"] == "opening" else None),
        Below(OVERDRAWN, lambda values: values["fund"], lambda values: values["booked_on"], signed),
        Unlinked(UNKNOWN, "aid_number", "temporary-aid", "number"),
    ),
)
