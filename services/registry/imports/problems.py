"""What can go wrong with an import as a whole; each leaves nothing written."""

from kit.problems import Problem


class ImportUnreadable(Problem):
    status, code = 422, "import-unreadable"
    zh = "文件无法读取：{reason}"
    en = "The file cannot be read: {reason}"


class ImportColumnsWrong(Problem):
    status, code = 422, "import-columns-wrong"
    zh = "缺少必需的列：{missing}。已识别：{found}。未导入任何内容；请从民政系统重新导出，或修改列名。"
    en = "Required columns are missing: {missing}. Recognised: {found}. Nothing was imported; export again or rename."


class ImportTooLong(Problem):
    status, code = 413, "import-too-long"
    zh = "超过 {limit} 行。请按乡镇拆分后分别导入。"
    en = "More than {limit} rows. Split the file by township."


class ImportRunning(Problem):
    status, code = 409, "import-running"
    zh = "同一文件正在导入（{import_id}）。请稍后查看其结果。"
    en = "The same file is being imported ({import_id}). Look at its result shortly."
