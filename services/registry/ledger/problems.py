"""What can go wrong with cases."""

from kit.problems import Problem


class StepRefused(Problem):
    status, code = 409, "step-refused"
    zh = "事项处于“{state}”，不能{step}。请重新读取后再试。"
    en = "The case is at `{state}`; it cannot {step} from there. Read it again."


class LeadTaken(Problem):
    status, code = 409, "lead-taken"
    zh = "该线索属于另一辖区的事项。"
    en = "That lead belongs to a case of another area."
