"""The columns of pairs as auditors get them, in order: type, what it says in both languages. Data, and the one place:
the file, its dictionary and the documentation are made from it."""

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from matcher.linkage.levels import FIELDS


@dataclass(frozen=True)
class PairColumn:
    """One column; `values`: code → Chinese, where it holds codes."""

    name: str
    kind: pa.DataType
    zh: str
    en: str
    values: tuple[tuple[str, str], ...] = ()


KINDS: Final = (
    ("link", "数据行最终认作的人"),
    ("candidate", "交人工复核的候选"),
    ("decided", "人工作过结论、现在既不是关联也不是候选的一对"),
)
GRADES: Final = (("certain", "确定"), ("probable", "较确定"), ("possible", "存疑"), ("certainly-not", "不是"))
VERDICTS: Final = (("confirm", "确认是同一人"), ("reject", "确认不是同一人"))
_TIME: Final = pa.timestamp("us", tz="UTC")
_OF_PAIR: Final = (
    PairColumn("batch_id", pa.string(), "批次", "delivery"),
    PairColumn("line", pa.int32(), "文件中的行号", "line in the file"),
    PairColumn("feed", pa.string(), "数据源", "feed"),
    PairColumn("feed_version", pa.int32(), "数据源版本", "version of the feed"),
    PairColumn("agency", pa.string(), "报送部门", "agency that delivered"),
    PairColumn("area", pa.string(), "批次区划", "area of the delivery"),
    PairColumn("delivered_at", _TIME, "报送时间", "when it was delivered"),
    PairColumn("counts", pa.bool_(), "该批次现在是否有效", "whether the delivery counts today"),
    PairColumn("kind", pa.string(), "这一对是什么", "what the pair is", KINDS),
    PairColumn("subject_id", pa.string(), "人员键（已登记的为人员编号）", "key of the person, registered or not"),
    PairColumn("registered", pa.bool_(), "是否登记人员；不详为空", "whether registered; null where nobody looked"),
    PairColumn("taken_for", pa.string(), "数据行现在认作谁", "whom the row counts as meanwhile"),
    PairColumn("probability", pa.float64(), "是同一人的概率", "probability of one person"),
    PairColumn("weight", pa.float64(), "证据权重（比特）：各字段 log2(同一人/陌生人) 之和，不含先验",
               "evidence in bits: sum over fields of log2(same/stranger), without the prior"),
    PairColumn("grade", pa.string(), "把握", "grade", GRADES),
    PairColumn("reason", pa.string(), "特别缘由", "why a human must look, or who said so"),
    PairColumn("model_version", pa.string(), "模型版本", "version of the model"),
    PairColumn("made_at", _TIME, "关联或候选产生的时间", "when the link or candidate was made"),
    PairColumn("review_state", pa.string(), "复核状态", "state of the review",
               (("open", "待复核"), ("settled", "已复核"))),
    PairColumn("verdict", pa.string(), "人工结论", "what a human decided", VERDICTS),
    PairColumn("verdict_code", pa.string(), "结论来源：核查结果代码，review 复核，registry 登记库",
               "source: code of an outcome, review, or registry"),
    PairColumn("verdict_at", _TIME, "作出结论的时间", "when it was decided"),
)  # fmt: skip
LEVELS: Final = tuple(
    PairColumn(f"level_{field.name}", pa.string(), f"{field.zh}的一致程度", f"how {field.name} agrees", field.levels)
    for field in FIELDS
)
IDENTITY: Final = tuple(
    PairColumn(name, pa.string(), zh, en)
    for name, zh, en in (
        ("record_name", "数据行姓名", "name in the row"),
        ("record_number", "数据行证件号", "number in the row"),
        ("person_name", "登记姓名", "registered name"),
        ("person_number", "登记证件号", "registered number"),
    )
)
MASKED: Final = (*_OF_PAIR, *LEVELS)
FULL: Final = (*MASKED, *IDENTITY)


def schema(columns: tuple[PairColumn, ...], metadata: dict[str, str]) -> pa.Schema:
    """As Parquet: each field explains itself in its metadata."""
    fields = [pa.field(one.name, one.kind, metadata={"zh": one.zh, "en": one.en}) for one in columns]
    return pa.schema(fields, metadata=metadata)
