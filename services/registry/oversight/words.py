"""What each action in the registry's journal is in words, for the person asked about. A test finds what lacks one."""

from kit.sights import Deed

IDENTITY = "姓名、身份证号、电话等身份信息"
MASKED = "姓名、身份证号、电话（已遮盖）"
CASE = "台账事项：姓名（已遮盖）、筛查原因、办理情况"
DEEDS: dict[str, Deed] = {
    "person.read": Deed("查看个人信息", f"{MASKED}、户籍、保障情况", f"{IDENTITY}、户籍、保障情况（未遮盖）"),
    "person.lookup": Deed("按身份证号查询个人", f"{MASKED}、户籍、保障情况", f"{IDENTITY}、户籍、保障情况（未遮盖）"),
    "person.create": Deed("登记个人", f"{IDENTITY}、户籍"),
    "person.alter": Deed("更改登记信息", "更改的登记项"),
    "household.read": Deed("查看家庭成员", "家庭成员姓名（已遮盖）、关系", "家庭成员姓名、关系（未遮盖）"),
    "coverage.check": Deed("核对是否享受救助", "救助类别、起止时间"),
    "registry.export": Deed("导出本地区全部人员（供比对系统）", f"{IDENTITY}、户籍、保障情况、台账结果"),
    "registry.follow": Deed("跟随登记变更（供比对系统）", f"{IDENTITY}、户籍、保障情况、台账结果"),
    "import.take": Deed("导入民政业务系统数据", f"{IDENTITY}、家庭、保障情况、发放账户"),
    "import.rehearse": Deed("试读民政业务系统数据（未写入）", f"{IDENTITY}、家庭、保障情况"),
    "import.rows": Deed("查看导入逐行报告", "人员编号、户号、读入问题"),
    "case.list": Deed("查看台账清单", CASE, "台账事项：身份信息（未遮盖）、筛查原因、办理情况"),
    "case.mine": Deed("查看本人经办事项（入户用）", "姓名、电话、户主、身份证号后四位"),
    "case.answer": Deed("下载核查结果回执（表格）", "填报的核查结果"),
    "case.read": Deed("查看台账事项", CASE, "台账事项：身份信息（未遮盖）、筛查原因、办理情况"),
    "case.history": Deed("查看台账办理经过", "办理经过（不含姓名、号码、备注）"),
    "case.export": Deed("导出核查清单（表格）", CASE, "核查清单：身份信息（未遮盖）、筛查原因、办理情况"),
    "case.create": Deed("新建台账事项", CASE),
    "case.lead": Deed("由线索开立或更新台账事项", f"{IDENTITY}、筛查原因"),
    "case.accept": Deed("签收台账事项", CASE),
    "case.report": Deed("填报核查结果", "核查结果、核查情况"),
    "case.approve": Deed("审核核查结果", CASE),
    "case.return": Deed("退回核查结果", CASE),
    "case.assign": Deed("指派经办人", CASE),
    "case.transfer": Deed("转办至其他地区", CASE),
    "case.suspend": Deed("挂起台账事项", CASE),
    "case.resume": Deed("恢复台账事项", CASE),
    "case.reopen": Deed("重新办理台账事项", CASE),
    "case.close": Deed("办结台账事项", CASE),
    "person.protect": Deed("设定或解除受保护标记", "受保护标记"),
    "protection.read": Deed("查看受保护标记", "受保护标记"),
    "publication.list": Deed("生成公示名单", "户主姓名、救助类别、人数、金额、村组"),
    "hold.place": Deed("依法保留，到期不删除", "—"),
    "hold.lift": Deed("解除依法保留", "—"),
    "subject.find": Deed("应本人申请查找编号", "姓名、身份证号"),
    "subject.report": Deed("应本人申请出具查阅情况告知书", "查阅、使用记录"),
}
# What is done to no person, and so stands in nobody's report.
OF_NOBODY = frozenset(
    {
        "account.activated", "account.activation", "account.change", "account.create", "account.disable",
        "account.password", "account.recovery-code", "account.second-factor", "account.unlock", "areas.import",
        "client.create", "client.disable", "client.new-secret", "keys.reseal", "keys.rotate", "keys.rotate-proof",
        "retention.delete", "session.end", "session.open", "session.refused", "token.refused", "usage.read",
    }
)  # fmt: skip
