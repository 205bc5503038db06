"""卡折委托代管: who keeps the card of somebody who cannot (A6)."""

import re

from registry.registers.declared.codes import POSTS
from registry.registers.declaring import (
    Doubt,
    Many,
    Reason,
    Register,
    Rule,
    choice,
    day,
    expiring,
    needed_where,
    not_before,
    person,
    same_person,
    text,
    words,
    yes_no,
)

_LAST_FOUR = re.compile(r"^[0-9]{4}$")

REGISTER = Register(
    id="custodian",
    title="卡折委托代管登记簿",
    about="person",
    duty="A6",
    citation="泾民发〔2021〕32号：“生活不能自理低保对象卡折委托代管…强化对代管人的备案和监督管理”",
    fields=(
        person("beneficiary", "保障对象", needed=True, also=("委托人", "对象")),
        person("custodian", "代管人", needed=True, also=("受托人",)),
        text("relation", "与保障对象关系", needed=True, also=("关系",)),
        choice("post", "代管人职务", POSTS, needed=True, also=("职务",)),
        text("card_last4", "卡折后四位", needed=True, also=("卡号后四位", "银行卡后四位"), width=10),
        day("begins_on", "代管开始日期", needed=True, also=("委托日期",)),
        day("ends_on", "代管终止日期", needed=True, also=("到期日期",)),
        yes_no("consent", "本人（监护人）是否书面同意", needed=True, also=("是否同意",)),
        day("consent_on", "同意日期"),
        words("reason", "委托原因", also=("代管原因",)),
    ),
    key=("beneficiary", "card_last4"),
    subject="beneficiary",
    begins="begins_on",
    rules=(
        Rule(
            "four-digits",
            "card_last4",
            "只填最后四位数字",
            "the last four digits only",
            lambda values: "card_last4" in values and not _LAST_FOUR.match(values["card_last4"]),
        ),
        not_before("ends_on", "begins_on", "代管终止日期早于开始日期", "it ends before it begins"),
        same_person("custodian", "beneficiary", "代管人不能是保障对象本人", "nobody is their own custodian"),
        Rule(
            "consent-needed",
            "consent",
            "未经同意不得代管",
            "nobody's card is kept without consent",
            lambda values: values.get("consent") is False,
        ),
        needed_where(
            "consent_on",
            "已同意的须写明同意日期",
            "the day of the consent",
            lambda values: values.get("consent") is True,
        ),
    ),
    due=expiring("ends_on", Reason("custody-expiring", "委托代管即将到期或已到期", "the custody expires or expired")),
    doubts=(
        Doubt(
            Reason("custodian-is-cadre", "代管人是村（居）干部或经办人员", "the custodian holds an office"),
            lambda values, _: values.get("post") in {"village-cadre", "programme-staff"},
        ),
    ),
    many=(
        Many(
            Reason("custodian-of-many", "同一代管人代管多张卡折", "one custodian holds many cards"),
            "custodian",
            lambda terms: terms.custodian_cards,
        ),
    ),
)
