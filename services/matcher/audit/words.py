"""What each action in the matcher's journal is in words, for the person asked about. A test finds what lacks one."""

from kit.sights import Deed

IDENTITY = "姓名、身份证号、电话、住址等身份信息"
LEAD = "线索：姓名、身份证号、电话（均已遮盖）、筛查结果"
PAIR = "报送数据与登记信息的比对（均已遮盖）"
DEEDS: dict[str, Deed] = {
    "batch.push": Deed("部门报送数据（其中有本人的一行）", "报送文件所列信息"),
    "batch.open": Deed("部门开始分片报送数据", "—"),
    "batch.commit": Deed("部门使已校验的报送数据生效", "—"),
    "batch.rollback": Deed("回退报送数据，恢复上一批", "—"),
    "batch.confirm": Deed("部门确认报送数据", "—"),
    "batch.report": Deed("报送部门取回已标注问题的本部门文件", "报送文件所列信息"),
    "batch.cancel": Deed("部门撤回报送数据", "—"),
    "batch.resume": Deed("重新处理报送数据", "—"),
    "correction.list": Deed("查看待校核数据行清单", "数据行位置、需校核的栏目（无姓名、号码）"),
    "correction.export": Deed("下载校核申请表", "数据行位置、需校核的栏目（无姓名、号码）"),
    "correction.answer": Deed("部门答复校核申请", "核实结果、说明"),
    "correction.decide": Deed("裁定部门与入户核实谁为准", "裁定结论"),
    "lead.list": Deed("查看线索清单", LEAD),
    "lead.cards": Deed("按户查看线索清单", LEAD),
    "lead.changes": Deed("跟随线索变更（接口）", LEAD),
    "lead.read": Deed("查看线索详情", f"{LEAD}、筛查依据"),
    "lead.compare": Deed("逐字对照线索与登记", f"{LEAD}、各部门与登记库所载（掩码）"),
    "lead.reveal": Deed("查看线索身份信息", f"{IDENTITY}（未遮盖）"),
    "leads.export": Deed("导出线索清单", LEAD, f"线索：{IDENTITY}（未遮盖）、筛查结果"),
    "link.list": Deed("查看关联清单", "人员编号、数据行位置、比对把握（无姓名、号码）"),
    "link.read": Deed("查看关联", "人员编号、数据行位置、比对把握（无姓名、号码）"),
    "link.explain": Deed("查看关联依据", PAIR),
    "pairs.export": Deed(
        "审计导出比对全表",
        "人员编号、数据行位置、各字段一致程度、比对把握（无姓名、号码）",
        "姓名、身份证号（未遮盖）、比对证据",
    ),
    "match.query": Deed("查询可能是谁", "姓名、身份证号、电话（已遮盖）"),
    "match.reveal": Deed("查询可能是谁并查看身份信息", f"{IDENTITY}（未遮盖）"),
    "match.explain": Deed("查看比对依据", PAIR),
    "review.list": Deed("查看复核清单", "人员编号（无姓名、号码）"),
    "review.claim": Deed("领取一项复核", PAIR),
    "review.read": Deed("查看一项复核", PAIR),
    "review.reveal": Deed("查看复核双方身份信息", f"{IDENTITY}（未遮盖）"),
    "review.release": Deed("退还一项复核", "—"),
    "review.decide": Deed("作出复核结论", "复核结论"),
    "review.undo": Deed("撤回复核结论", "复核结论"),
    "model.sample": Deed("查看模型预览样本", "姓名（已遮盖）、比对把握"),
    "profile.sample": Deed("查看筛查参数试算样本", "姓名（已遮盖）、筛查项"),
    "hold.place": Deed("依法保留，到期不删除", "—"),
    "hold.lift": Deed("解除依法保留", "—"),
    "subject.report": Deed("应本人申请出具查阅情况告知书", "查阅、使用记录"),
}
# What is done to no person, and so stands in nobody's report.
OF_NOBODY = frozenset(
    {
        "backup.restored",
        "feed.change", "keys.reseal", "keys.rotate", "keys.rotate-proof", "model.activate", "model.preview",
        "model.thresholds", "model.train", "profile.approve", "profile.change", "profile.draft", "profile.end",
        "profile.restore", "profile.simulate", "profile.withdraw", "retention.delete", "subscription.alter",
        "subscription.delete",
        "subscription.disable", "subscription.make", "subscription.ping", "subscription.replay", "subscription.rotate",
        "usage.read", "screen.decide", "pace.set", "pace.drop",
    }
)  # fmt: skip
