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


class DateUnordered(Problem):
    status, code = 422, "date-unordered"
    zh = "生效日期早于现有记录的生效日期。更正历史请不带 valid_from。"
    en = "valid_from lies before the present version began. To correct the record, leave valid_from out."
