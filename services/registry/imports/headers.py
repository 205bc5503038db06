"""What civil affairs exports call their columns."""

from collections.abc import Mapping, Sequence

from kit.tables_in import plain_header

# canonical → the headers seen for it; the first is how the standard export writes it.
HEADERS: Mapping[str, Sequence[str]] = {
    "household": ("户号", "家庭编号", "户编号", "低保证号", "救助证号", "家庭ID", "保障证号", "档案号"),
    "programme": ("救助类别", "保障类别", "救助类型", "救助项目", "低保类别", "对象类别", "人员类别", "业务类型"),
    "form": ("保障方式", "保障形式", "施保方式", "纳入方式"),
    "household_size": ("家庭人口", "家庭人口数", "家庭人数", "家庭成员数", "共同生活人数", "户人口"),
    "covered_count": ("保障人数", "保障人口", "享受人数", "救助人数", "保障人口数", "低保人数"),
    "head_name": ("户主姓名", "户主", "申请人姓名", "申请人"),
    "name": ("姓名", "成员姓名", "人员姓名", "保障对象姓名", "救助对象姓名", "对象姓名", "家庭成员姓名"),
    "id_number": ("身份证号", "身份证号码", "证件号码", "公民身份号码", "公民身份证号",
                  "成员身份证号", "身份证", "GMSFHM", "SFZH", "ID_CARD"),
    "sex": ("性别",),
    "birth_date": ("出生日期", "出生年月日", "出生年月", "生日"),
    "ethnic": ("民族",),
    "relation": ("与户主关系", "与申请人关系", "家庭关系", "关系"),
    "division": ("区划代码", "行政区划代码", "行政区划", "区划编码", "所属区划代码"),
    "address": ("户籍地址", "家庭住址", "家庭地址", "住址", "详细地址", "户籍地", "居住地址"),
    "phone": ("联系电话", "电话", "手机号", "手机号码", "联系方式"),
    "start": ("起保年月", "起保时间", "起保日期", "开始保障年月", "起始保障年月",
              "享受起始年月", "开始享受时间", "批准时间"),
    "end": ("停保年月", "停保时间", "停保日期", "终止年月", "保障结束年月", "停发年月", "截止年月"),
    "amount": ("月保障金", "月保障金额", "月救助金额", "保障金额", "救助金额", "月低保金", "户月保障金", "补助金额"),
    "payee": ("开户姓名", "账户名称", "开户人", "开户名", "户名"),
    "account": ("银行账号", "银行卡号", "账号", "开户账号", "存折账号", "一卡通账号"),
    "own_amount": ("本人补助金额", "个人补助金额", "本人保障金", "个人保障金"),
    "uplift_grounds": ("分类施保事由", "分类施保类别", "分类施保原因", "分类施保对象"),
    "uplift": ("分类施保金", "分类施保金额", "分类施保补助", "分类救助金"),
    "ground": ("致困原因", "致贫原因", "主要致贫原因", "主要致困原因", "困难原因"),
    "basis": ("办理依据", "认定依据", "审批文号"),
    "mode": ("供养方式", "特困供养方式"),
    "self_care": ("自理能力", "生活自理能力", "自理能力等级", "生活自理能力等级"),
    "phase_out": ("渐退标志", "是否渐退"),
    "phase_out_from": ("渐退起始年月", "渐退开始年月", "渐退开始时间"),
    "phase_out_until": ("渐退截止年月", "渐退结束年月", "渐退结束时间"),
    "end_reason": ("停保原因", "退保原因"),
    "covered": ("是否保障对象", "是否享受", "是否享受救助"),
}  # fmt: skip
REQUIRED = ("name", "id_number", "programme", "start")

_BY_HEADER = {plain_header(header): name for name, headers in HEADERS.items() for header in headers}


def knows(header: str) -> bool:
    """Whether a plain header is one of ours."""
    return header in _BY_HEADER


def columns_of(headers: Sequence[str]) -> dict[str, str]:
    """Canonical name → the file's own header; of two headers for one thing the first counts."""
    found: dict[str, str] = {}
    for header in headers:
        name = _BY_HEADER.get(plain_header(header))
        if name is not None:
            found.setdefault(name, header)
    return found


def missing(found: Mapping[str, str]) -> list[str]:
    """The standard names of required columns that are not there."""
    return [HEADERS[name][0] for name in REQUIRED if name not in found]
