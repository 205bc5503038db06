"""Code lists of coverage, as civil affairs writes them: why somebody is supported, why more, why no longer."""

from collections.abc import Mapping, Sequence

# code → what it is called; the first is how the standard export writes it.
GROUNDS: Mapping[str, Sequence[str]] = {
    "illness": ("因病", "患病", "重病", "大病", "因病致贫"),
    "disability": ("因残", "残疾", "重残", "因残致贫"),
    "no-labour": ("缺劳动力", "无劳动能力", "缺少劳动力", "缺劳力"),
    "old-age": ("年老体弱", "年老", "高龄"),
    "study": ("因学", "因学致贫"),
    "disaster": ("因灾", "自然灾害", "因灾致贫"),
    "epidemic": ("因疫", "因疫情", "因疫致贫"),
    "accident": ("因意外", "意外事故", "突发意外"),
    "income-loss": ("收入骤减", "失业", "收入减少"),
    "minor": ("未成年", "孤儿", "无人抚养"),
    "other": ("其他", "其它", "其他原因"),
}
UPLIFTS: Mapping[str, Sequence[str]] = {
    "illness": ("重病", "重病患者", "大病"),
    "disability": ("重残", "重度残疾", "重度残疾人"),
    "old-age": ("高龄", "老年人", "70岁以上老年人"),
    "minor": ("未成年", "未成年人", "儿童"),
    "other": ("其他", "其它"),
}
END_REASONS: Mapping[str, Sequence[str]] = {
    "income-above": ("收入超标", "收入超过标准", "家庭收入超标"),
    "property": ("财产超标", "财产不符合"),
    "died": ("死亡", "去世", "亡故"),
    "moved": ("户籍迁出", "迁出", "户口迁出"),
    "other-programme": ("转其他救助", "转特困", "转低保", "类别变更"),
    "phased-out": ("渐退期满", "渐退到期", "渐退"),
    "renounced": ("主动放弃", "自愿退出", "主动退出"),
    "wrongly": ("错保清退", "不符合条件", "骗保"),
    "uncooperative": ("不配合核查", "拒不配合"),
    "other": ("其他", "其它", "其他原因"),
}
SELF_CARE: Mapping[str, Sequence[str]] = {
    "full": ("全自理", "具备生活自理能力", "有自理能力", "自理", "完全自理"),
    "partial": ("半失能", "部分丧失生活自理能力", "半自理", "部分丧失", "半护理"),
    "none": ("完全丧失生活自理能力", "失能", "全失能", "不能自理", "全护理", "完全丧失"),
}
MODES: Mapping[str, Sequence[str]] = {
    "institution": ("集中", "集中供养", "机构供养"),
    "home": ("分散", "分散供养", "居家供养"),
}


def by_word(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What is written → its code."""
    return {word: code for code, words in codes.items() for word in words}


def word_of(codes: Mapping[str, Sequence[str]], code: str | None) -> str | None:
    """How the standard export writes a code."""
    return None if code is None else codes[code][0]
