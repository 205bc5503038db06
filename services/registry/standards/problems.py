"""What can go wrong with standards."""

from kit.problems import Problem


class StandardFileInvalid(Problem):
    status, code = 422, "standard-file-invalid"
    zh = (
        "标准文件有误，未导入任何内容。需要列：区划代码、项目代码（或项目）、数值、执行日期（可选 停止日期、依据），"
        "见 errors；可先导出一份作模板。"
    )
    en = (
        "The file of standards is faulty, nothing was imported. Columns: 区划代码, 项目代码 (or 项目), 数值, "
        "执行日期 and optionally 停止日期, 依据; see errors. An export serves as a template."
    )


class StandardUnordered(Problem):
    status, code = 422, "standard-unordered"
    zh = "调整不能早于现行标准的执行日期（{since}）。更正以前的记录请写 mode=correction 和起止日期。"
    en = "A change cannot come before the present standard began ({since}). To correct the past send mode=correction."
