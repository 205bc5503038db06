"""法定义务人: who by law owes somebody support, and whether they can give it: the third condition of 特困 (M17).

An entry is one obligor of one person, or that there is none. What holds of the person follows from all entries
together (facts/tekun.py): one obligor who is able is enough.
"""

from datetime import date

from registry.registers.declaring import (
    Due,
    Reason,
    Register,
    Terms,
    Values,
    choice,
    date_of,
    day,
    needed_where,
    not_before,
    person,
    same_person,
    text,
    words,
)

ABILITIES = {"able": "有履行能力", "unable": "无履行能力", "none": "没有法定义务人"}
RELATIONS = {
    "spouse": "配偶",
    "child": "子女",
    "parent": "父母",
    "grandchild": "孙子女、外孙子女",
    "grandparent": "祖父母、外祖父母",
    "sibling": "兄弟姐妹",
}
# Whom the rules on 特困 take for unable; the other reasons of a county stand in words.
REASONS = {
    "tekun": "本人是特困人员",
    "dibao-60": "60周岁以上的低保对象",
    "low-income-70": "70周岁以上且收入、财产符合规定",
    "disabled": "重度残疾或三级智力、精神残疾且收入、财产符合规定",
    "incapable": "无民事行为能力",
    "missing": "被宣告失踪或下落不明",
    "prison": "在监狱服刑",
    "other": "县级规定的其他情形",
}
REVIEW = Reason("obligor-review", "义务人履行能力应当复核", "the obligor's ability is to be looked at again")


def _again(values: Values, _: Terms) -> date | None:
    return date_of(values, "review_by")


def _somebody(values: Values) -> bool:
    return values.get("ability") != "none"


REGISTER = Register(
    id="obligor",
    title="法定赡养、抚养、扶养义务人登记簿",
    about="person",
    duty="M17 M21",
    citation="鲁民函〔2020〕34号：“对低保系统中的单人户逐人排查，将其中符合特困…条件的纳入特困”",
    fields=(
        person("beneficiary", "对象", needed=True, also=("申请人", "保障对象", "被赡养人")),
        choice("ability", "履行能力", ABILITIES, needed=True, also=("义务人履行能力", "义务人情况", "赡养能力")),
        person("obligor", "义务人", numbered=False, also=("法定义务人", "赡养人", "扶养人", "抚养人")),
        choice("relation", "与对象关系", RELATIONS, also=("义务人与对象关系", "关系")),
        choice("reason", "无履行能力情形", REASONS, also=("情形", "无能力情形")),
        day("checked_on", "核查日期", needed=True, also=("调查日期", "认定日期")),
        text("checked_by", "核查人", needed=True, also=("调查人",)),
        day("review_by", "复核期限", also=("下次复核日期",)),
        words("evidence", "依据和说明", also=("说明", "备注")),
    ),
    key=("beneficiary", "obligor"),
    subject="beneficiary",
    begins="checked_on",
    renews=True,
    rules=(
        needed_where("obligor", "有义务人的须写明是谁", "who it is, where there is one", _somebody),
        needed_where("relation", "有义务人的须写明关系", "how they are related, where there is one", _somebody),
        needed_where(
            "reason",
            "无履行能力的须写明情形",
            "why somebody is unable",
            lambda values: values.get("ability") == "unable",
        ),
        needed_where(
            "evidence",
            "没有义务人、其他情形的须写明依据",
            "on what it rests that there is none, or another reason",
            lambda values: values.get("ability") == "none" or values.get("reason") == "other",
        ),
        not_before("review_by", "checked_on", "复核期限早于核查日期", "to be looked at again before it was checked"),
        same_person("obligor", "beneficiary", "义务人不能是对象本人", "nobody owes themselves support"),
    ),
    due=Due(REVIEW, _again, ahead=True),
)
