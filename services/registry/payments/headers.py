"""What payout lists call their columns, and the words of their cells."""

from collections.abc import Mapping, Sequence

from registry.intake.headers import Headers

# canonical → the headers seen for it; the first is how our own export writes it.
HEADERS: Mapping[str, Sequence[str]] = {
    "month": ("发放年月", "发放月份", "保障年月", "所属年月", "年月", "补发年月"),
    "programme": ("救助类别", "保障类别", "资金类别", "补助类别", "救助项目"),
    "kind": ("发放类型", "发放性质", "发放方式", "款项类型"),
    "household": ("户号", "家庭编号", "户编号", "低保证号", "救助证号"),
    "name": ("户主姓名", "姓名", "保障对象姓名", "救助对象姓名", "申请人姓名"),
    "id_number": ("户主身份证号", "身份证号", "身份证号码", "证件号码", "公民身份号码"),
    "division": ("区划代码", "行政区划代码", "区划编码"),
    "payee": ("开户姓名", "账户名称", "开户人", "开户名", "户名", "收款人"),
    "bank": ("开户银行", "开户行", "银行名称"),
    "account": ("银行账号", "银行卡号", "账号", "开户账号", "存折账号", "一卡通账号"),
    "amount": ("发放金额", "金额", "实发金额", "发放金额（元）", "补助金额"),
    "paid_on": ("发放日期", "支付日期", "拨付日期"),
    "serial": ("流水号", "交易流水号", "支付流水号"),
    "bank_return": ("回盘结果", "发放状态", "银行回执", "支付状态"),
    "return_reason": ("退回原因", "失败原因"),
    "returned_on": ("回盘日期", "退回日期"),
}  # fmt: skip
COLUMNS = Headers(HEADERS, required=("month", "name", "amount"))
KINDS = {"正常发放": "regular", "补发": "back-pay", "提标补发": "uplift", "一次性": "one-off"}
KIND_WORDS = {
    **KINDS, "正常": "regular", "月发放": "regular", "提标": "uplift", "一次性补贴": "one-off", "一次性补助": "one-off",
}  # fmt: skip
RETURNS = {"未回盘": "none", "成功": "paid", "退回": "returned"}
RETURN_WORDS = {
    **RETURNS, "发放成功": "paid", "已发放": "paid", "支付成功": "paid", "失败": "returned", "发放失败": "returned",
    "支付失败": "returned", "退票": "returned",
}  # fmt: skip
PROGRAMME_WORDS = {
    "dibao-rural": "农村低保", "dibao-urban": "城市低保", "tekun-institution": "集中供养", "tekun-home": "分散供养",
    "dibao-margin": "低保边缘", "rigid-expenditure": "刚性支出", "temporary-aid": "临时救助",
}  # fmt: skip
