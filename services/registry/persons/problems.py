"""What can go wrong with persons."""

from kit.problems import Problem


class IdentifierAmbiguous(Problem):
    status, code = 409, "identifier-ambiguous"
    zh = "该证件号码登记在 {count} 个在世人员名下。请同时给出姓名，或先核实更正。"
    en = "{count} living people are registered with this number. Give the name too, or have the register corrected."


class PersonExists(Problem):
    status, code = 409, "person-exists"
    zh = "已有相同证件号码和姓名的人员：{person_id}。"
    en = "A person with this number and name is registered already: {person_id}."


class MergeUnfit(Problem):
    status, code = 409, "merge-unfit"
    zh = "{reason}。未作任何改动。"
    en = "These persons cannot be merged or split that way: {reason}. Nothing was changed."


class DateUnordered(Problem):
    status, code = 422, "date-unordered"
    zh = (
        "日期早于已有记录，或止于起始之前。变更不能早于现行记录的生效日期；更正历史请用 PATCH，"
        "起止日期须在已有记录之内。"
    )
    en = (
        "The days lie before what is on record, or end before they begin. A change cannot come before the present "
        "version began; to correct the past use PATCH with days that are on record."
    )
