"""委托照料服务协议: who looks after somebody supported at home, and what was agreed (A1, A2)."""

from registry.registers.declared.codes import SELF_CARE
from registry.registers.declaring import (
    MissingOfCovered,
    Reason,
    Register,
    choice,
    day,
    expiring,
    not_before,
    person,
    phone,
    same_person,
    text,
    words,
)

REGISTER = Register(
    id="care-agreement",
    title="委托照料服务协议登记簿",
    about="person",
    duty="A1 A2",
    citation="吉林省民政厅实施意见（2020-04-01）：协议应明确“特困人员和照料服务人（监护人）基本信息、生活自理能力认定类别、照料服务内容、"
    "要求、权利义务、违约责任、协议期限及监督举报电话”；民办函〔2020〕21号：“签订委托照料服务协议以及委托照料服务落实情况”",
    fields=(
        person("beneficiary", "特困人员", needed=True, also=("供养对象", "对象")),
        text("beneficiary_address", "特困人员住址", width=24),
        phone("beneficiary_phone", "特困人员电话"),
        person("carer", "照料服务人", needed=True, also=("监护人", "照料人", "照料服务人（监护人）")),
        text("carer_relation", "与特困人员关系", also=("关系",)),
        phone("carer_phone", "照料服务人电话", needed=True, also=("照料人电话",)),
        choice("self_care", "生活自理能力认定类别", SELF_CARE, needed=True, also=("自理能力", "自理类别")),
        words("services", "照料服务内容", needed=True, also=("服务内容",)),
        words("requirements", "照料服务要求", needed=True, also=("要求", "服务要求")),
        words("rights_duties", "权利义务", needed=True, also=("双方权利义务",)),
        words("liability", "违约责任", needed=True),
        day("begins_on", "协议开始日期", needed=True, also=("协议起始日期", "签订日期")),
        day("ends_on", "协议终止日期", needed=True, also=("协议到期日期", "协议截止日期")),
        phone("hotline", "监督举报电话", needed=True, also=("举报电话",)),
    ),
    key=("beneficiary", "begins_on"),
    subject="beneficiary",
    begins="begins_on",
    rules=(
        not_before("ends_on", "begins_on", "协议终止日期早于开始日期", "the agreement ends before it begins"),
        same_person("carer", "beneficiary", "照料服务人不能是特困人员本人", "nobody is their own carer"),
    ),
    due=expiring(
        "ends_on", Reason("agreement-expiring", "协议即将到期或已到期", "the agreement expires or has expired")
    ),
    missing=(
        MissingOfCovered(
            Reason(
                "agreement-missing", "分散供养特困人员没有有效的照料服务协议", "supported at home without agreement"
            ),
            ("tekun-home",),
        ),
    ),
)
