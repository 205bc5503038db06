"""What can be wrong with a row, in words its sender can act on. No text ever holds a cell's value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import orjson
import polars as pl

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
    "row-repeated": IssueKind("warning", "与第 {line} 行完全相同，只计一次。", "删除重复行。"),
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
    "id-shared": IssueKind("warning", "“{column}”与第 {line} 行另一个人相同。", "核对是谁的号码；借用家人号码请改正。"),
    "id-birth-differs": IssueKind("warning", "“{column}”与证件号码里的出生日期不同。", "对照证件核对哪一个是对的。"),
    "id-sex-differs": IssueKind("warning", "“{column}”与证件号码里的性别不同。", "对照证件核对哪一个是对的。"),
    "card-text-differs": IssueKind("warning", "“{column}”与残疾人证号末尾的编码不一致。", "对照证件改正类别或等级。"),
    "value-unknown": IssueKind(
        "warning", "“{column}”的内容不在约定的取值里，按未填处理。", "使用约定的取值：{allowed}。"
    ),
    "date-unreadable": IssueKind("warning", "“{column}”不是日期。", "写成 2021-06-01 这样的形式。"),
    "date-future": IssueKind("warning", "“{column}”在今天之后。", "核对年份。"),
    "amount-unreadable": IssueKind("warning", "“{column}”不是金额。", "只写数字，单位为元。"),
    "amount-negative": IssueKind("warning", "“{column}”小于零。", "冲销记录请与原记录合并后发送。"),
    "phone-invalid": IssueKind("warning", "“{column}”不是有效的电话号码。", "核对号码位数。"),
    "household-missing": IssueKind("warning", "“{column}”为空，看不出与谁同户。", "补填户编号。"),
}


def issue_json(code: str, pointer: str | None, **args: object) -> str:
    """One issue of a row as JSON: code, severity, pointer to the column as sent, args, message, hint."""
    kind = ISSUES[code]
    return orjson.dumps(
        {
            "code": code,
            "severity": kind.severity,
            "pointer": None if pointer is None else "/" + pointer.replace("~", "~0").replace("/", "~1"),
            "args": args,
            "message_zh": kind.message_zh.format(**args),
            "hint": kind.hint.format(**args),
        }
    ).decode()


def issue_by_line(code: str, pointer: str | None, lines: pl.Series, **args: object) -> pl.Series:
    """`issue_json` of a kind whose args hold a `line`, with each row's own line (null where `lines` is)."""
    mark = 987654321  # stands in the template where each row's own line goes
    parts = issue_json(code, pointer, line=mark, **args).split(str(mark))
    line = lines.cast(pl.String)
    pieces: list[pl.Series | pl.Expr] = [pl.lit(parts[0])]
    for part in parts[1:]:
        pieces += [line, pl.lit(part)]
    return pl.select(pl.concat_str(*pieces)).to_series(0)
