"""What can go wrong with registers."""

from kit.problems import Problem


class RegisterUnknown(Problem):
    status, code = 404, "register-unknown"
    zh = "没有这个登记簿。可用的见 /registry/v1/registers。"
    en = "There is no such register. See /registry/v1/registers."


class EntryUnfit(Problem):
    status, code = 422, "entry-unfit"
    zh = "登记内容不符合要求，未保存；逐项见 errors。"
    en = "The entry does not fit its register and was not kept; see errors, field by field."


class EntryExists(Problem):
    status, code = 409, "entry-exists"
    zh = "同一事项已有登记：{entry_id}。请更正或变更该登记，不要重复登记。"
    en = "This is registered already: {entry_id}. Correct or change that entry."


class EntryEnded(Problem):
    status, code = 409, "entry-ended"
    zh = "该登记已于 {on} 终止，不能再变更。登记有误的用 PATCH 更正；重新发生的另行登记。"
    en = "The entry ended on {on} and cannot change any more. Correct it with PATCH, or register anew."


class SheetTooLong(Problem):
    status, code = 413, "register-sheet-too-long"
    zh = "超过 {limit} 行。请按乡镇拆分后分别导入。未登记任何内容。"
    en = "More than {limit} rows. Split the file by township. Nothing was taken."


class SheetColumnsWrong(Problem):
    status, code = 422, "register-columns-wrong"
    zh = "缺少必需的列：{missing}。已识别：{found}。未登记任何内容；请用本登记簿的模板。"
    en = "Required columns are missing: {missing}. Recognised: {found}. Nothing was taken; use the template."


class ListTooLong(Problem):
    status, code = 422, "register-list-too-long"
    zh = "超过 {limit} 行，无法一次导出。请用 area 等条件缩小范围。"
    en = "More than {limit} rows. Narrow it, by area for instance."


class RepeatUnknown(Problem):
    status, code = 404, "repeat-unknown"
    zh = "两件信访件不存在、不在您的范围内，或不是同一人所提。"
    en = "These two petitions are absent, not within your scope, or not by one person."
