"""发放疑点复核: what a doubt about a payment came to (A5)."""

from registry.registers.declaring import (
    Field,
    Kind,
    Reason,
    Register,
    choice,
    day,
    needed_where,
    needed_with,
    not_before,
    open_until,
    person,
    text,
    words,
)

DOUBTS = {
    "payee-differs": "户名与对象姓名不一致",
    "shared-account": "同一账户多次支付",
    "large-payment": "大额支付",
    "back-pay": "补发异常",
    "paid-after-end": "停保后仍发放",
    "paid-after-death": "死亡后仍发放",
    "account-changed": "发放前变更账户",
    "duplicate": "重复享受",
    "other": "其他",
}
RESULTS = {"justified": "合理", "corrected": "纠正", "recovered": "追回"}
LATE = Reason("review-due", "发放疑点应复核未复核", "the doubt is due and not reviewed")


REGISTER = Register(
    id="payment-review",
    title="发放疑点复核登记簿",
    about="person",
    duty="A5",
    citation="泾民发〔2021〕32号：“向同一账户频繁支付或大额支付等存疑信息…要及时开展复核纠正”",
    fields=(
        text("number", "疑点编号", needed=True, also=("编号",)),
        choice("doubt", "疑点类型", DOUBTS, needed=True, also=("疑点",)),
        person("beneficiary", "保障对象", needed=True, also=("对象",)),
        Field("period", "发放年月", Kind.MONTH, width=10),
        Field("amount", "涉及金额", Kind.MONEY, needed=True, also=("金额",)),
        day("found_on", "发现日期", needed=True),
        day("review_by", "复核期限", needed=True),
        text("reviewer", "复核人", also=("核查人",)),
        day("reviewed_on", "复核日期"),
        choice("result", "复核结果", RESULTS, also=("结果",)),
        words("explanation", "情况说明", also=("说明",)),
        Field("recovered", "追回金额", Kind.MONEY),
    ),
    key=("number",),
    subject="beneficiary",
    begins="found_on",
    rules=(
        not_before("review_by", "found_on", "复核期限早于发现日期", "due before it was found"),
        not_before("reviewed_on", "found_on", "复核日期早于发现日期", "reviewed before it was found"),
        *(
            needed_with(name, "result", "有复核结果的须填写", "needed with a result")
            for name in ("reviewer", "reviewed_on", "explanation")
        ),
        needed_where(
            "recovered",
            "追回的须写明金额",
            "how much was recovered",
            lambda values: values.get("result") == "recovered",
        ),
    ),
    due=open_until("review_by", "result", LATE),
)
