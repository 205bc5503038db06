"""What can go wrong with a list as a whole; nothing of it is taken then."""

from kit.problems import Problem


class SheetUnreadable(Problem):
    status, code = 422, "sheet-unreadable"
    zh = "文件无法读取：{reason}"
    en = "The file cannot be read: {reason}"


class SheetColumnsWrong(Problem):
    status, code = 422, "sheet-columns-wrong"
    zh = "缺少必需的列：{missing}。请重新下载清单，在其中填写，不要改动表头。未登记任何结果。"
    en = "Required columns are missing: {missing}. Download the list again and fill that in. Nothing was taken."


class SheetTooLong(Problem):
    status, code = 413, "sheet-too-long"
    zh = "超过 {limit} 行。请按村拆分后分别上报。未登记任何结果。"
    en = "More than {limit} rows. Split the list by village. Nothing was taken."


class ListTooLong(Problem):
    status, code = 422, "list-too-long"
    zh = "清单超过 {limit} 行，无法一次填报。请用 area、state 等条件缩小范围。"
    en = "The list has more than {limit} rows. Narrow it by area or state."
