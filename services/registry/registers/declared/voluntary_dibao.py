"""自愿低保协议: who could be 特困 and chose 低保, signed with the county (M18)."""

from registry.registers.declaring import Reason, Register, choice, day, expiring, not_before, person, text, words

SIGNED_BY = {"self": "本人", "guardian": "监护人", "agent": "委托代理人"}

REGISTER = Register(
    id="voluntary-dibao",
    title="自愿享受低保协议登记簿",
    about="person",
    duty="M18",
    citation="鲁民函〔2020〕34号：“对于本人坚持自愿要求享受低保的，县级民政部门要与其签订协议并留存备查”",
    fields=(
        person("beneficiary", "低保对象", needed=True, also=("对象", "保障对象")),
        day("signed_on", "签订日期", needed=True, also=("协议签订日期", "协议开始日期")),
        day("ends_on", "协议终止日期", also=("协议到期日期", "有效期至")),
        choice("signed_by", "签字人", SIGNED_BY, needed=True, also=("签订人",)),
        text("officer", "民政部门签字人", needed=True, also=("经办人",)),
        text("file", "协议档案号", needed=True, also=("档案号", "扫描件编号", "协议编号")),
        words("reason", "自愿理由", also=("理由", "备注")),
    ),
    key=("beneficiary", "signed_on"),
    subject="beneficiary",
    begins="signed_on",
    rules=(not_before("ends_on", "signed_on", "协议终止日期早于签订日期", "the agreement ends before it begins"),),
    due=expiring(
        "ends_on", Reason("choice-expiring", "自愿低保协议即将到期或已到期", "the agreement expires or has expired")
    ),
)
