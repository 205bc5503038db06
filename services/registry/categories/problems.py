"""What can go wrong with categories."""

from kit.problems import Problem


class CategoryUnordered(Problem):
    status, code = 422, "category-unordered"
    zh = "调整不能早于现行定义的执行日期（{since}）。更正以前的记录请写 mode=correction 和起止日期。"
    en = "A change cannot come before the present definition began ({since}). To correct the past: mode=correction."
