"""What can be wrong with a line of a payout list: one code each, with what to do about it. No text quotes a cell."""

from registry.intake.issues import Kind

KINDS = {
    "month-unreadable": Kind("error", "发放年月缺失或无法识别", "使用 202101 格式"),
    "month-too-early": Kind("error", "发放年月早于 2018 年 1 月", "本台账自 2018 年起；核对年月"),
    "month-in-future": Kind("error", "发放年月晚于本月", "核对年月"),
    "name-missing": Kind("error", "没有姓名", "补填户主或对象姓名后重新导入"),
    "amount-unreadable": Kind("error", "发放金额缺失或无法识别", "只填数字，单位为元，最多两位小数"),
    "amount-not-positive": Kind("error", "发放金额不大于零", "退款请填回盘结果“退回”，不要填负数"),
    "amount-too-large": Kind("error", "单笔金额超过一千万元", "核对单位是否为元"),
    "programme-unknown": Kind("error", "救助类别缺失或不在代码表中", "核对救助类别"),
    "kind-unknown": Kind("error", "发放类型不在代码表中", "填 正常发放、补发、提标补发 或 一次性"),
    "bank-return-unknown": Kind("error", "回盘结果不在代码表中", "填 未回盘、成功 或 退回"),
    "area-outside": Kind("error", "不在本单位管辖范围内", "核对区划代码，或由所属县导入"),
    "household-outside": Kind("error", "户号属于本单位管辖范围以外的家庭", "核对户号，或由所属县导入"),
    "cell-masked": Kind("error", "姓名、证件号或账号是遮盖过的", "改用未遮盖的清单"),
    "number-was-numeric": Kind("error", "身份证号或账号以数字格式保存，后几位可能已损坏",
                               "将该列设为文本格式后从原系统重新导出"),
    "text-too-long": Kind("error", "某个单元格的文字过长", "核对是否错列"),
    "date-unreadable": Kind("warning", "日期无法识别，未采用", "使用 20210115 格式"),
    "account-missing": Kind("warning", "没有银行账号", "补填账号；现金发放的请忽略"),
    "household-unknown": Kind("info", "户号和证件号均未在登记库中找到，按清单所写登记", "先导入保障数据"),
    "duplicate-in-file": Kind("warning", "与本文件中另一行相同，未重复登记", "确为两笔的，填流水号后重新导入"),
    "second-payment": Kind("warning", "同月同户同类已有一笔不同的发放", "核对是否重复发放，或应填补发"),
    "bank-return-kept": Kind("info", "已有回盘结果，清单未写，保留原结果", "无需处理"),
}  # fmt: skip
REJECTING = tuple(code for code, kind in KINDS.items() if kind.severity == "error")
