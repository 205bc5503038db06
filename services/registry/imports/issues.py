"""What can be wrong with a row of an import: one code each, with what to do about it. No text quotes a cell."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """`severity`: error = the row or the cell is not taken; warning = taken, look at it; info = so you know."""

    severity: str
    message: str
    hint: str


KINDS = {
    "name-missing": Kind("error", "没有姓名，无法登记", "补填姓名后重新导入"),
    "name-masked": Kind("error", "姓名已遮盖（含 * 号），无法辨认是谁", "导出时选未遮盖的（须说明事由）再导入"),
    "area-outside": Kind("error", "区划不在本单位管辖范围内", "核对区划代码，或由所属县导入"),
    "id-number-was-numeric": Kind("error", "身份证号以数字格式保存，后几位已损坏，此单元格未采用",
                                  "将该列设为文本格式后从原系统重新导出"),
    "id-number-missing": Kind("warning", "没有身份证号", "入户时补录"),
    "id-number-invalid": Kind("warning", "身份证号未通过校验（长度、日期或校验位）", "与身份证或户口簿核对"),
    "id-number-doubtful": Kind("info", "身份证号可用但可疑（发证区划未知、15 位、末三位为 000 或年龄异常）",
                                "有条件时核对"),
    "id-number-shared": Kind("warning", "同一身份证号用于不同姓名的人", "核对是否误填家人号码"),
    "birth-date-differs": Kind("warning", "出生日期与身份证号不一致", "核对哪一个有误"),
    "sex-differs": Kind("warning", "性别与身份证号不一致", "核对哪一个有误"),
    "birth-date-unreadable": Kind("warning", "出生日期无法识别", "使用 19850102 格式"),
    "sex-unreadable": Kind("warning", "性别无法识别", "填 男 或 女"),
    "division-unreadable": Kind("warning", "区划代码不是有效的 12 位代码，按本单位区划登记", "填 12 位统计用区划代码"),
    "division-unknown": Kind("warning", "区划代码不在区划表中", "核对区划调整，或导入新的区划表"),
    "programme-missing": Kind("error", "没有救助类别，只登记人员，未登记保障", "补填救助类别"),
    "programme-unknown": Kind("error", "救助类别不在代码表中，只登记人员，未登记保障", "核对救助类别"),
    "form-unknown": Kind("warning", "保障方式无法识别", "填 整户保 或 单人保"),
    "code-unknown": Kind("warning", "内容不在代码表中，此单元格未采用", "按代码表填写，如 因病、高龄、集中、全自理"),
    "phase-out-assumed": Kind("info", "有渐退标志而无起始年月，按导入当月起登记", "补填渐退起始年月"),
    "start-assumed": Kind("warning", "起保年月缺失或无法识别，按导入当月登记", "补填起保年月"),
    "end-unreadable": Kind("warning", "停保年月无法识别，按未停保登记", "使用 202012 格式"),
    "end-before-start": Kind("warning", "停保年月早于起保年月", "核对两个年月"),
    "number-unreadable": Kind("warning", "人数或金额无法识别，未采用", "只填数字"),
    "household-missing": Kind("info", "没有户号，登记为无家庭信息的人员", "补填户号"),
    "household-outside": Kind("warning", "户号已用于本单位管辖范围以外的家庭，按无家庭信息登记",
                              "核对户号；确为同一户的，由县级导入"),
    "coverage-replaced": Kind("info", "新的保障开始，原保障止于前一日", "如原保障早已停止，请核对停保年月"),
    "coverage-overlaps": Kind("warning", "同一时间有另一项保障", "核对是否重复享受"),
    "coverage-conflicts": Kind("warning", "与同一人的另一行相互矛盾，采用未停保的一行", "核对重复行"),
    "exit-unassessed": Kind("warning", "完全或部分丧失劳动能力的对象停保，没有有效的退出返贫风险评估",
                            "在登记簿 exit-assessment 补办评估；未补办的列入未评估退出清单"),
    "renamed": Kind("info", "同户同号同生日而姓名不同，按更名登记", "核对是否为同一人"),
}  # fmt: skip


def describe(code: str, column: str | None) -> dict[str, Any]:
    """An issue on the wire."""
    kind = KINDS[code]
    return {
        "code": code,
        "severity": kind.severity,
        "pointer": column,
        "message": kind.message,
        "hint": kind.hint,
    }
