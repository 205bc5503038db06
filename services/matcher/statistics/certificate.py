"""The words of a certificate: what its groups are called, what its figures mean, and what they do not."""

from typing import Final

CONFIDENCE: Final = 0.90
DIMENSIONS: Final = {"all": "全部", "name": "姓名类型", "number": "证件号码", "age": "年龄", "township": "乡镇"}
GROUPS: Final = {
    "all": "全部",
    "minority": "少数民族式姓名",
    "han": "汉式姓名",
    "sound": "号码有效",
    "unsound": "号码有误",
    "none": "没有号码",
    "0-17": "0至17岁",
    "18-59": "18至59岁",
    "60-69": "60至69岁",
    "70+": "70岁及以上",
    "women 70+": "其中：70岁及以上女性",
    "unknown": "不详",
}
MEANING: Final = (
    "误关联：记录关联到了登记库中的某人，而其实不是此人。漏关联：本人在登记库中，而记录没有关联到本人；"
    "关联错人的，两边都计。未见候选：漏关联之中，连候选人也没有找到的。",
    "区间是90%区间：按此办法估计一百个批次，真实数落在区间之外的大约不超过十个。低值为0不等于没有错误。",
    "估计的依据：每条关联的概率、各种比对途径互相印证的情况（捕获—再捕获）、虚构县上的检验，以及本县人工复核抽样的答复"
    "；没有抽样答复时，以虚构县的经验代替，本县情况特殊的，误差可能更大。",
    "这是对一批记录的总体估计，不说明任何一条记录是否关联正确；各组的区间不能相加；人工已作决定的记录不再计入误差。",
    "号码真实有效而整行填的是别人（借用证件、张冠李戴）的，任何比对都看不出来，不在估计之内。",
)


def group_title(dimension: str, group: str, places: dict[str, str]) -> str:
    """A group in words; a township told by its code is called by its name, where one is known."""
    if dimension == "township" and group != "unknown":
        return places.get(group, group)
    return GROUPS.get(group, group)
