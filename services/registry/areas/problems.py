"""What can go wrong with divisions."""

from kit.problems import Problem


class AreaUnknown(Problem):
    status, code = 400, "area-unknown"
    zh = "没有区划 {area}。请用 12 位区划代码，或先导入区划。"
    en = "There is no area {area}. Use a 12-digit code, or import the areas first."


class AreaFileInvalid(Problem):
    status, code = 422, "area-file-invalid"
    zh = (
        "区划文件有误，未导入任何内容。需要列：code,name"
        "（可选 level,parent,valid_from,valid_to,successors），见 errors。"
    )
    en = (
        "The file of areas is faulty, nothing was imported. Columns: code,name and optionally "
        "level,parent,valid_from,valid_to,successors; see errors."
    )


class AreaAskedOfNothing(Problem):
    status, code = 400, "area-asked-of-nothing"
    zh = "请给出 code，或同时给出 called 与 under（在哪个区划之内）。"
    en = "Give a code, or called and under: a name, and the division it lies in."
