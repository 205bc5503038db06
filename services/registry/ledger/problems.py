"""What can go wrong with cases, and what can be wrong with one outcome of many.

A row of a list must not fail its neighbours, so what is wrong with it is a `RowErrorOut`, not a problem; the same
sentences serve the one outcome sent alone.
"""

from kit.problems import FieldIssue, Problem
from registry.ledger.schemas import RowErrorOut


class StepRefused(Problem):
    status, code = 409, "step-refused"
    zh = "事项处于“{state}”，不能{step}。请重新读取后再试。"
    en = "The case is at `{state}`; it cannot {step} from there. Read it again."


class AssigneeUnknown(Problem):
    status, code = 422, "assignee-unknown"
    zh = "没有此账号，或其已停用、不办理该辖区的事项。请核对账号编号。"
    en = "No such account, or it is disabled or does not work on cases of that area. Check its id."


class LeadTaken(Problem):
    status, code = 409, "lead-taken"
    zh = "该线索属于另一辖区的事项。"
    en = "That lead belongs to a case of another area."


class SecondPersonNeeded(Problem):
    status, code = 409, "second-person-needed"
    zh = "该结果由同一客户端上报，须由另一人（另一客户端）审核。"
    en = "The same client reported this outcome; another one must confirm it."


class AuthorityReserved(Problem):
    status, code = 403, "authority-reserved"
    zh = "结果 {outcome} 由{level}确认，请转其办理。"
    en = "The outcome {outcome} is confirmed at another level ({level}); hand it on."


class HouseholdHasOpenCase(Problem):
    status, code = 409, "household-has-open-case"
    zh = "该户已有未办结事项 {case_id}，请在该事项中办理。"
    en = "The household has an open case already ({case_id}); go on there."


class OutcomeRefused(Problem):
    status, code = 422, "outcome-refused"
    zh = "核查结果未采用，见 errors；请逐项更正后重新上报。"
    en = "The outcome was not taken, see errors; correct each and report again."


class OutcomeDiffers(Problem):
    status, code = 409, "outcome-differs"
    zh = "该结果编号已用于另一内容。更正请用新的 outcome_id。"
    en = "This outcome_id was used with another content. Use a new one for a correction."


# code → what is wrong and the way out, Chinese first. No text quotes a value.
ROW_ERRORS = {
    "item-missing": ("请写明事项对象（item_id 或 lead_id）", "name the item by item_id or lead_id"),
    "item-unknown": ("没有此对象，或不在您的范围内；请重新下载清单", "no such item, or not yours; read the list again"),
    "item-ambiguous": ("item_id 与 lead_id 指向不同对象，只填一个", "item_id and lead_id differ; send one"),
    "not-accepted": ("事项尚未签收；请先签收再上报", "the case has not been taken over; accept it first"),
    "case-suspended": ("事项已挂起；请先恢复", "the case is suspended; resume it first"),
    "already-reported": (
        "已上报结果；更正请由审核人退回，或重新打开事项", "an outcome holds; have it returned or the case re-opened"
    ),
    "lead-withdrawn": ("线索已在签收前撤回，无需上报", "the lead was withdrawn before the case was taken over"),
    "outcome-differs": ("该结果编号已用于另一内容；更正请用新的 outcome_id", "this outcome_id has another content"),
    "code-kind": (
        "此代码不适用于该类线索（01–18 疑似漏保，W1–W5 疑似错保，P1–P5 疑点复核）",
        "the code is for another kind of item",
    ),
    "required": ("此结果必须填写该项", "this code needs the field"),
    "form-unfit": ("此结果的保障方式不能这样填", "the code cannot have this form"),
    "date-in-future": ("日期在今天之后", "the date lies in the future"),
    "date-too-early": ("日期过早，请核对年份", "the date is too early; check the year"),
    "date-past": ("再访日期应在今天之后", "the day of the next visit has passed"),
    "month-unlikely": ("年月不合理，请核对", "the month is not plausible; check it"),
    "recovered-too-much": ("追回金额大于涉及金额，请核对", "more came back than was overpaid; check both"),
    "id-number-invalid": ("身份证号未通过校验，请与证件核对", "the ID number is not valid; compare with the card"),
    "candidate-missing": ("请写明是哪一位（候选人员）", "say which of the candidates it is"),
    "candidate-unknown": ("所填人员不在候选之中", "not one of the candidates"),
    "person-unknown": ("登记库中没有此人，或不在您的范围内", "no such person in the registry, or not yours"),
    "duplicate-unknown": ("没有此线索，或不在您的范围内", "no such lead, or not yours"),
    "duplicate-self": ("重复线索须是另一条线索", "a lead cannot be the duplicate of itself"),
    "not-recognised": (
        "没有已审核的认定结果（02–05、18），无需录入", "no confirmed outcome recognises this person (02-05, 18)"
    ),
    "not-found": ("没有此事项，或不在您的范围内", "no such case, or not yours"),
    "version-mismatch": ("内容已被他人更改；请重新读取", "changed meanwhile; read it again"),
    "step-refused": ("事项的状态不允许此操作；请重新读取", "the case's state does not allow this; read it again"),
    "second-person-needed": (SecondPersonNeeded.zh, SecondPersonNeeded.en),
    "entered-already": ("省平台在此之后已录入，较早的退回未采用", "an older refusal, entered since"),
    "answer-unclear": ("处理结果不在布局声明的词中，请核对或补入布局", "no result the layout declares; correct it"),
    "answer-incomplete": ("已录入的行须有平台编号和可识别的日期", "an entry needs a number and a legible date"),
    "answer-many": ("该证件号和姓名有多条认定记录，请填外部编号", "several of that number and name; give our id"),
    "authority-reserved": ("该结果由另一级确认；请转其办理", "another level confirms this outcome; hand it on"),
}  # fmt: skip


def row_error(code: str, field: str | None = None) -> RowErrorOut:
    """One thing wrong with one row, in both languages."""
    zh, en = ROW_ERRORS[code]
    return RowErrorOut(code=code, field=field, detail=f"{zh.rstrip('。')}。({en.rstrip('.')})")


def as_issues(errors: list[RowErrorOut]) -> list[FieldIssue]:
    """The same for an outcome sent alone."""
    return [FieldIssue(f"/{one.field}" if one.field else "", one.code, one.detail) for one in errors]
