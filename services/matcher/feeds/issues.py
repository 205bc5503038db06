"""What can be wrong with a row, in words its sender can act on. No text ever holds a cell's value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import orjson
import polars as pl

PLACE = "\ufdd0"  # stands in a sentence where another row is named
Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class IssueKind:
    """A kind of issue: how bad, what it says, what to do. Texts are format strings over args (titles, lines)."""

    severity: Severity
    message_zh: str
    hint: str


ISSUES: Mapping[str, IssueKind] = {
    "row-without-identity": IssueKind(
        "error", "既没有姓名也没有可用的证件号码，无法知道是谁。", "补齐姓名和证件号码后在下一批发送。"
    ),
    "row-empty": IssueKind("error", "约定的各列在这一行都是空的。", "补齐这一行，或删除。"),
    "row-repeated": IssueKind("warning", "与{place}完全相同，只计一次。", "删除重复行。"),
    "removal-in-vain": IssueKind(
        "warning", "要注销的记录在此前的数据里没有，未作任何更改。", "核对主键或证件号码；从未报送过的无须注销。"
    ),
    "row-unheaded": IssueKind("warning", "有内容落在没有表头的列里，可能整行错位。", "核对这一行是否错位。"),
    "name-missing": IssueKind("warning", "“{column}”为空。", "补填姓名。"),
    "id-missing": IssueKind("warning", "没有证件号码，只能凭姓名、出生日期和住址比对。", "补填身份证号码。"),
    "id-cell-numeric": IssueKind(
        "error",
        "“{column}”是数值格式，18 位只剩前 15 位可信，此单元格已弃用，本行其余内容照常使用。",
        "把该列设为“文本”格式后从原系统重新导出；在 Excel 里改格式不能找回丢失的数字。",
    ),
    "id-damaged": IssueKind(
        "warning", "“{column}”像是经过数值格式损坏（末尾成零或科学计数）。", "从原系统以文本格式重新导出。"
    ),
    "id-length": IssueKind("warning", "“{column}”的位数不对。", "核对号码；残疾人证号应为 20 或 22 位。"),
    "id-check-digit": IssueKind("warning", "“{column}”的校验码不符，至少有一位写错。", "对照证件核对号码。"),
    "id-birth-impossible": IssueKind("warning", "“{column}”里的出生日期不存在或不合理。", "对照证件核对号码。"),
    "id-fifteen": IssueKind("warning", "“{column}”是 15 位旧号码，没有校验码，比对证据较弱。", "改用 18 位号码。"),
    "id-area-unknown": IssueKind("warning", "“{column}”的前六位不是已知的行政区划。", "对照证件核对号码。"),
    "id-shared": IssueKind("warning", "“{column}”与{place}另一个人相同。", "核对是谁的号码；借用家人号码请改正。"),
    "id-birth-differs": IssueKind("warning", "“{column}”与证件号码里的出生日期不同。", "对照证件核对哪一个是对的。"),
    "id-sex-differs": IssueKind("warning", "“{column}”与证件号码里的性别不同。", "对照证件核对哪一个是对的。"),
    "card-text-differs": IssueKind("warning", "“{column}”与残疾人证号末尾的编码不一致。", "对照证件改正类别或等级。"),
    "value-unknown": IssueKind(
        "warning", "“{column}”的内容不在约定的取值里，按未填处理。", "使用约定的取值：{allowed}。"
    ),
    "date-unreadable": IssueKind("warning", "“{column}”不是日期。", "写成 2021-06-01 这样的形式。"),
    "period-unreadable": IssueKind("warning", "“{column}”不是年月。", "写成 202106 或 2021-06 这样的形式。"),
    "date-future": IssueKind("warning", "“{column}”在今天之后。", "核对年份。"),
    "amount-unreadable": IssueKind("warning", "“{column}”不是金额。", "只写数字，单位为元。"),
    "amount-negative": IssueKind("warning", "“{column}”小于零。", "冲销记录请与原记录合并后发送。"),
    "phone-invalid": IssueKind("warning", "“{column}”不是有效的电话号码。", "核对号码位数。"),
    "household-missing": IssueKind("warning", "“{column}”为空，看不出与谁同户。", "补填户编号。"),
    "name-placeholder": IssueKind("warning", "“{column}”写的不是姓名（某某、无名、测试等）。", "填写本人的法定姓名。"),
    "name-is-number": IssueKind("warning", "“{column}”里是号码。", "填写姓名；号码放到相应的列。"),
    "name-illegible": IssueKind(
        "warning", "“{column}”里有无法识别或被遮盖的字（?、□、* 等）。", "按证件填写生僻字；不要遮盖。"
    ),
    "name-decorated": IssueKind("warning", "“{column}”里除姓名外还有称谓、编号或说明。", "只写姓名；说明放到备注列。"),
    "name-single": IssueKind("warning", "“{column}”只有一个字。", "按证件填写完整姓名。"),
    "columns-swapped": IssueKind("warning", "“{column}”与“{other}”的内容互换了。", "把这两格的内容对调。"),
    "cell-broken": IssueKind(
        "warning", "“{column}”是公式错误、列宽不足的 ### 或乱码，内容已丢失。", "从原系统重新导出这一格。"
    ),
    "area-malformed": IssueKind("warning", "“{column}”不是区划代码。", "使用 12 位统计用区划代码。"),
    "area-unknown": IssueKind("warning", "“{column}”的县级代码从未颁布。", "核对区划代码。"),
    "area-ended": IssueKind("warning", "“{column}”的县级代码已经撤销。", "改用现行的区划代码。"),
    "age-unreadable": IssueKind("warning", "“{column}”不是年龄。", "写周岁，只写整数。"),
    "age-differs": IssueKind(
        "warning", "“{column}”与出生日期算出的年龄相差两岁以上。", "核对出生日期；年龄按报送日计算。"
    ),
    "card-number-differs": IssueKind(
        "warning", "“{column}”的前 18 位不是这一行的身份证号。", "对照证件核对哪一个是对的。"
    ),
    "date-implausible": IssueKind("warning", "“{column}”早于 1900 年。", "核对年份。"),
    "date-before-birth": IssueKind("warning", "“{column}”早于出生日期。", "核对这个日期和出生日期。"),
    "death-before-birth": IssueKind("warning", "“{column}”早于出生日期。", "核对死亡日期和证件号码。"),
    "period-implausible": IssueKind("warning", "“{column}”在今天之后，或早于 2000 年。", "核对年月。"),
    "period-reversed": IssueKind("warning", "“{column}”早于“{other}”。", "核对起止日期是否颠倒。"),
    "amount-implausible": IssueKind("warning", "“{column}”大得不合理。", "核对金额和单位（元、万元）。"),
    "number-twofold": IssueKind(
        "warning", "与{place}同名同生日，“{column}”却不同。", "核对是否同一人，保留正确的号码。"
    ),
    "heads-several": IssueKind("warning", "与{place}同户，也是户主。", "一户只能有一个户主，请核对“{column}”。"),
    "head-missing": IssueKind("warning", "这一户没有户主。", "核对“{column}”和户编号；补报户主。"),
    "spouse-same-sex": IssueKind(
        "warning", "这位配偶与户主（{place}）按证件号码是同一性别。", "核对“{column}”和两人的证件号码。"
    ),
}
# What decides a row's fate whatever a feed's map says of it.
FIXED = frozenset({"row-without-identity", "row-empty", "row-repeated", "removal-in-vain"})
ADJUSTABLE = frozenset(ISSUES) - FIXED


def issue_json(code: str, pointer: str | None, **args: object) -> str:
    """One issue of a row as JSON: code, severity, pointer to the column as sent, args, message, hint."""
    kind = ISSUES[code]
    words = {"place": PLACE, **args}
    return orjson.dumps(
        {
            "code": code,
            "severity": kind.severity,
            "pointer": None if pointer is None else "/" + pointer.replace("~", "~0").replace("/", "~1"),
            "args": args,
            "message_zh": kind.message_zh.format(**words),
            "hint": kind.hint.format(**words),
        }
    ).decode()


def issue_by_line(code: str, pointer: str | None, lines: pl.Series, places: pl.Series, **args: object) -> pl.Series:
    """`issue_json` of a kind whose args hold a `line`, with each row's own line (null where `lines` is) and, in the
    sentence, where that line stands (`places`)."""
    mark = 987654321  # stands in the template where each row's own line goes
    parts = issue_json(code, pointer, line=mark, **args).split(str(mark))
    line = lines.cast(pl.String)
    quoted = places.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    pieces: list[pl.Series | pl.Expr] = []
    for number, part in enumerate(parts):
        pieces += [line] if number else []
        for at, text in enumerate(part.split(PLACE)):
            pieces += [quoted, pl.lit(text)] if at else [pl.lit(text)]
    return pl.select(pl.concat_str(*pieces)).to_series(0)
