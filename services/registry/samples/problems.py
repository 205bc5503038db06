"""What can go wrong with samples."""

from kit.problems import Problem


class NothingToDraw(Problem):
    status, code = 409, "nothing-to-draw"
    zh = "该范围内没有可抽取的对象。请放宽辖区或日期。"
    en = "There is nothing to draw from there. Widen the area or the days."
