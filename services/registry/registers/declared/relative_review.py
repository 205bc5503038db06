"""备案人员逐一排查: one review for everybody filed as a relative (A10)."""

from registry.registers.declaring import (
    Field,
    Kind,
    MissingAfter,
    Reason,
    Register,
    choice,
    day,
    needed_where,
    person,
    text,
    words,
)

RESULTS = {"compliant": "符合条件", "corrected": "已纠正", "removed": "已清退", "recovering": "清退并追回"}

REGISTER = Register(
    id="relative-review",
    title="近亲属备案人员排查登记簿",
    about="person",
    duty="A10",
    citation="泾民发〔2021〕32号：“对城乡低保对象中实施备案的人员逐一排查，及时清理纠正优亲厚友”",
    fields=(
        person("beneficiary", "保障对象", needed=True, also=("近亲属", "对象")),
        day("reviewed_on", "排查日期", needed=True),
        text("reviewer", "排查人", needed=True),
        choice("result", "排查结果", RESULTS, needed=True, also=("结果",)),
        words("findings", "情况说明", also=("问题",)),
        Field("recovered", "追回金额", Kind.MONEY),
    ),
    key=("beneficiary",),
    subject="beneficiary",
    begins="reviewed_on",
    renews=True,
    rules=(
        needed_where(
            "findings",
            "不符合条件的须写明情况",
            "what was found is to be said",
            lambda values: values.get("result") in {"corrected", "removed", "recovering"},
        ),
    ),
    missing=(
        MissingAfter(
            Reason("relative-not-reviewed", "已备案尚未排查", "filed and not yet reviewed"),
            "staff-relative",
            "beneficiary",
            "beneficiary",
        ),
    ),
)
