"""一户一条救助链: a need of a household, the measure proposed, to whom it was referred, what came of it (L5)."""

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

NEEDS = {
    "living": "基本生活",
    "medical": "医疗",
    "education": "教育",
    "housing": "住房",
    "work": "就业",
    "disability": "残疾人补贴",
    "care": "照料护理",
    "service": "服务类救助",
    "charity": "慈善帮扶",
}
MEASURES = {
    "dibao": "最低生活保障",
    "tekun": "特困供养",
    "margin": "低保边缘",
    "temporary-aid": "临时救助",
    "medical-aid": "医疗救助",
    "education-aid": "教育救助",
    "housing-aid": "住房救助",
    "work-aid": "就业救助",
    "disability-subsidy": "残疾人两项补贴",
    "service": "社会救助服务",
    "charity": "慈善帮扶",
}
RESULTS = {"granted": "已落实", "refused": "未同意", "unneeded": "不再需要"}
WAITING = Reason("referral-due", "转介事项应有结果未有结果", "the result of a referral is due")


REGISTER = Register(
    id="aid-chain",
    title="一户一条救助链",
    about="household",
    duty="L5",
    citation="泾民发〔2021〕32号：“综合评估重点人群救助需求，提出救助意见，综合实施救助帮扶措施”",
    fields=(
        person("who", "救助对象", needed=True, also=("姓名",)),
        Field("household", "户号", Kind.HOUSEHOLD, also=("家庭编号",)),
        Field("case", "台账事项编号", Kind.CASE, also=("事项编号",), width=38),
        choice("need", "救助需求", NEEDS, needed=True),
        choice("measure", "救助措施", MEASURES, needed=True, also=("救助意见",)),
        day("proposed_on", "提出日期", needed=True),
        text("referred_to", "转介单位", needed=True, also=("承办单位",)),
        day("referred_on", "转介日期"),
        day("result_by", "反馈期限"),
        day("result_on", "结果日期"),
        choice("result", "落实结果", RESULTS),
        words("note", "说明"),
    ),
    key=("who", "need", "measure", "proposed_on"),
    subject="who",
    begins="proposed_on",
    rules=(
        not_before("referred_on", "proposed_on", "转介早于提出", "referred before it was proposed"),
        needed_with("result_by", "referred_on", "已转介的须写明反馈期限", "until when"),
        needed_with("result", "result_on", "有结果日期的须写明结果", "what came of it"),
        needed_where(
            "note", "未同意的须说明原因", "why it was refused", lambda values: values.get("result") == "refused"
        ),
    ),
    due=open_until("result_by", "result_on", WAITING),
)
