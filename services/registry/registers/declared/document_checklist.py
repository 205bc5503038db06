"""行政文书清单: which of the seven papers of an application are there (E6)."""

from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declaring import (
    Doubt,
    Field,
    Kind,
    Reason,
    Register,
    choice,
    day,
    not_before,
    person,
    text,
    words,
)

PAPERS = {
    "applied_on": "申请",
    "authorised_on": "授权",
    "checked_on": "核对",
    "visited_on": "入户",
    "published_on": "公示",
    "decided_on": "决定",
    "told_on": "告知",
}

REGISTER = Register(
    id="document-checklist",
    title="行政文书清单",
    about="person",
    duty="E6",
    citation="鲁民函〔2020〕34号：“规范低保行政文书工作”",
    fields=(
        person("applicant", "申请人", needed=True, also=("户主",)),
        Field("household", "户号", Kind.HOUSEHOLD, also=("家庭编号",)),
        text("file", "档案编号", needed=True, also=("案卷编号",)),
        choice("programme", "救助类别", PROGRAMMES, needed=True, also=("申请类别",)),
        *(day(name, f"{title}日期") for name, title in PAPERS.items()),
        words("note", "备注"),
    ),
    key=("file",),
    subject="applicant",
    begins="applied_on",
    rules=(
        not_before("checked_on", "authorised_on", "核对须在授权之后", "a check needs its authorisation first"),
        not_before("decided_on", "applied_on", "决定早于申请", "decided before it was applied for"),
        not_before("decided_on", "published_on", "决定早于公示", "decided before it was published"),
        not_before("told_on", "decided_on", "告知早于决定", "told before it was decided"),
    ),
    doubts=tuple(
        Doubt(
            Reason(f"paper-missing-{name.removesuffix('_on')}", f"缺“{title}”文书", f"no paper of: {name}"),
            lambda values, _, name=name: values.get(name) is None,  # type: ignore[misc]  # bound for each paper
        )
        for name, title in PAPERS.items()
    ),
)
