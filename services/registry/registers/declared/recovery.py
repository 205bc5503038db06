"""违规资金追回登记: what was overpaid to whom, by when it comes back, what has come and what has not (W1, W2)."""

from collections.abc import Mapping
from datetime import date

from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declaring import (
    Alike,
    Due,
    Field,
    Kind,
    Reason,
    Register,
    Rule,
    Terms,
    Values,
    choice,
    date_of,
    day,
    needed_where,
    not_before,
    person,
    text,
)

GROUNDS = {
    "died": "死亡后发放",
    "ended": "停保后发放",
    "reduced": "核减后多发",
    "wrongly": "错保",
    "duplicate": "重复享受",
    "other": "其他",
}
LATE = Reason("recovery-due", "追回期限已到，尚未追回", "the recovery is due and money is outstanding")
TWICE = Reason("recovery-twice", "同一对象同类同起止月重复登记", "registered twice for the same months")


def outstanding(values: Values) -> int | None:
    """What is still owed, in fen; None while the amount overpaid is not known."""
    overpaid: int | None = values.get("overpaid")
    return None if overpaid is None else overpaid - values.get("recovered", 0) - values.get("waived", 0)


def _derived(values: Values) -> Mapping[str, int]:
    left = outstanding(values)
    return {} if left is None or left < 0 else {"outstanding": left}


def _until(values: Values, _: Terms) -> date | None:
    return date_of(values, "pay_by") if (outstanding(values) or 0) > 0 else None


REGISTER = Register(
    id="recovery",
    title="违规资金追回登记簿",
    about="person",
    duty="A5 A8",
    citation="泾民发〔2021〕32号：“要及时开展复核纠正”；核查结果 W1 属实停发、W2 整户核减",
    fields=(
        text("number", "追回编号", needed=True, also=("编号",)),
        person("debtor", "退款人", needed=True, also=("保障对象", "对象")),
        Field("household", "户号", Kind.HOUSEHOLD, also=("家庭编号",)),
        choice("programme", "救助类别", PROGRAMMES, needed=True),
        choice("ground", "追回事由", GROUNDS, needed=True, also=("事由",)),
        Field("first_month", "多发起月", Kind.MONTH, needed=True, width=10),
        Field("last_month", "多发止月", Kind.MONTH, needed=True, width=10),
        Field("months", "多发月数", Kind.INTEGER, least=1, width=8),
        Field("overpaid", "多发金额", Kind.MONEY, needed=True, least=1),
        day("found_on", "发现日期", needed=True),
        day("pay_by", "追回期限", needed=True),
        Field("recovered", "已追回金额", Kind.MONEY),
        day("recovered_on", "最近追回日期"),
        Field("waived", "核销金额", Kind.MONEY),
        text("waived_why", "核销依据"),
        Field("outstanding", "尚未追回金额", Kind.MONEY),
        Field("case", "台账事项编号", Kind.CASE),
        text("note", "备注"),
    ),
    key=("number",),
    subject="debtor",
    begins="found_on",
    derives=("outstanding",),
    derived=_derived,
    rules=(
        Rule(
            "date-unordered",
            "last_month",
            "止月早于起月",
            "the last month comes before the first",
            lambda values: (
                None not in {values.get("first_month"), values.get("last_month")}
                and values["last_month"] < values["first_month"]
            ),
        ),
        not_before("pay_by", "found_on", "追回期限早于发现日期", "due before it was found"),
        not_before("recovered_on", "found_on", "追回早于发现", "recovered before it was found"),
        Rule(
            "more-than-overpaid",
            "recovered",
            "已追回与核销之和超过多发金额",
            "more than was overpaid",
            lambda values: (outstanding(values) or 0) < 0,
        ),
        needed_where(
            "recovered_on",
            "已追回的须写明日期",
            "when it was recovered",
            lambda values: values.get("recovered", 0) > 0,
        ),
        needed_where(
            "waived_why",
            "核销的须写明依据",
            "on what ground it is waived",
            lambda values: values.get("waived", 0) > 0,
        ),
        Rule(
            "outstanding-differs",
            "outstanding",
            "尚未追回金额应为多发金额减已追回和核销",
            "it does not follow from the amounts",
            lambda values: (outstanding(values) or 0) >= 0 and values.get("outstanding") != outstanding(values),
        ),
    ),
    due=Due(LATE, _until),
    beside=(
        Alike(
            TWICE,
            lambda values: (
                values["debtor"].get("id_number") or values["debtor"]["name"],
                values["programme"],
                values["first_month"],
                values["last_month"],
            ),
        ),
    ),
)
