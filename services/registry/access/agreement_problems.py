"""What can go wrong with agreements."""

from kit.problems import Problem


class ApproverSame(Problem):
    status, code = 409, "approver-same"
    zh = "提出协议的人不能自己批准。请另一位安全管理员办理。"
    en = "Whoever proposed an agreement does not approve it. Ask another security administrator."


class StepTaken(Problem):
    status, code = 409, "step-taken"
    zh = "该版本已经批准或终止，不能再次办理；如需变更，请提出新版本。"
    en = "This version is approved or ended already. To change what was agreed, propose a new version."


class AgencyOfHouse(Problem):
    status, code = 422, "agency-of-house"
    zh = "该单位属于本系统的民政部门，不需要共享协议。请检查单位代码。"
    en = "That agency is of the house and needs no agreement. Check its code."


class FieldUnknown(Problem):
    status, code = 422, "field-unknown"
    zh = "没有这些内容或字段，或不能与此类单位约定：{unknown}。可用内容见 /agreements/resources。"
    en = "Unknown, or not to be agreed with this kind of agency: {unknown}. See /agreements/resources."


class TermUnlimited(Problem):
    status, code = 422, "term-unlimited"
    zh = "协议须有期限：截止日期不早于开始日期，且期限不超过 {days} 天。"
    en = "An agreement has a time limit: it ends after it begins, at most {days} days later."
