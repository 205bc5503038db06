"""What can go wrong with slips."""

from kit.problems import Problem


class SlipAboveCounties(Problem):
    status, code = 403, "slip-above-counties"
    zh = "协查函由市级（或省级）民政部门发出和裁定，本账号的区划在县级或以下。"
    en = "Slips are issued and decided above the counties; this caller's area is a county or lies in one."


class SlipAnsweredByCounty(Problem):
    status, code = 403, "slip-answered-by-county"
    zh = "协查函由所涉各县民政部门各自答复：请以该县县级账号答复，市级可在意见不一时裁定。"
    en = "Each county answers for itself, by an account of the whole county; whoever stands above decides disputes."


class SlipClosed(Problem):
    status, code = 409, "slip-closed"
    zh = "该协查函已办结或重复已消除，不能再答复或裁定。仍在重复保障的，请市级重新查找。"
    en = "The slip is settled or has ceased: nothing more is answered or decided. Find anew if support is still double."


class SlipCountyUnknown(Problem):
    status, code = 422, "slip-county-unknown"
    zh = "所写的县不是这份协查函所涉的县（counties）。"
    en = "The county named is none of those the slip was put to (counties)."
