"""What can go wrong with a payout list as a whole; each leaves nothing written."""

from kit.problems import Problem


class PayoutListUnreadable(Problem):
    status, code = 422, "payout-list-unreadable"
    zh = "发放清单无法读取：{reason}"
    en = "The payout list cannot be read: {reason}"


class PayoutColumnsWrong(Problem):
    status, code = 422, "payout-columns-wrong"
    zh = "缺少必需的列：{missing}。已识别：{found}。未导入任何内容；请补充该列或修改列名。"
    en = "Required columns are missing: {missing}. Recognised: {found}. Nothing was imported; add or rename them."


class PayoutProgrammeMissing(Problem):
    status, code = 422, "payout-programme-missing"
    zh = "清单中没有救助类别列。请在调用时以 programme 写明整份清单的类别，如 dibao-rural。"
    en = "The list has no column for the programme. Name that of the whole list as `programme`, e.g. dibao-rural."


class PayoutListTooLong(Problem):
    status, code = 413, "payout-list-too-long"
    zh = "超过 {limit} 行。请按年份或乡镇拆分后分别导入或导出。"
    en = "More than {limit} rows. Split by year or by township."


class PayoutRunning(Problem):
    status, code = 409, "payout-running"
    zh = "本地区另一份发放清单正在导入（{import_id}）。请在其完成后重试。"
    en = "Another payout list of this area is being imported ({import_id}). Try again when it is done."


class PaymentOfWhom(Problem):
    status, code = 422, "payment-of-whom"
    zh = "person_id、household_id、area 最多写一项（变更查询须写 person_id 或 household_id 中的一项）。"
    en = "Name no more than one of person_id, household_id and area; for the history, one of the first two."


class MonthsUnordered(Problem):
    status, code = 422, "months-unordered"
    zh = "起始年月晚于截止年月。"
    en = "The first month comes after the last."
