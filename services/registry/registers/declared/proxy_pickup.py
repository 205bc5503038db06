"""代领登记: who fetched what for whom (A7)."""

from registry.registers.declared.codes import POSTS
from registry.registers.declaring import (
    Doubt,
    Field,
    Kind,
    Many,
    Reason,
    Register,
    choice,
    day,
    needed_where,
    person,
    same_person,
    text,
    words,
    yes_no,
)

WHAT = {"allowance": "补助金", "card": "证件、卡折", "goods": "物资"}

REGISTER = Register(
    id="proxy-pickup",
    title="代领登记簿",
    about="person",
    duty="A7",
    citation="吉林省民政厅实施意见（2020-04-01）：“系统操作、证折发放、补助金代领等方面存在的风险点”",
    fields=(
        person("beneficiary", "保障对象", needed=True, also=("对象",)),
        person("proxy", "代领人", needed=True),
        text("relation", "与保障对象关系", needed=True, also=("关系",)),
        choice("post", "代领人职务", POSTS, needed=True, also=("职务",)),
        choice("what", "代领内容", WHAT, needed=True, also=("代领物品",)),
        Field("amount", "代领金额", Kind.MONEY),
        day("picked_on", "代领日期", needed=True),
        words("reason", "代领原因", needed=True, also=("原因",)),
        yes_no("consent", "是否有委托书", needed=True),
        text("handed_by", "发放人", needed=True, also=("经办人",)),
    ),
    key=("beneficiary", "picked_on", "what"),
    subject="beneficiary",
    begins="picked_on",
    rules=(
        same_person("proxy", "beneficiary", "代领人不能是保障对象本人", "nobody is their own proxy"),
        needed_where(
            "amount",
            "代领补助金的须写明金额",
            "the amount that was fetched",
            lambda values: values.get("what") == "allowance",
        ),
    ),
    doubts=(
        Doubt(
            Reason("proxy-without-mandate", "代领没有委托书", "fetched without a mandate"),
            lambda values, _: values.get("consent") is False,
        ),
        Doubt(
            Reason("proxy-is-cadre", "代领人是村（居）干部或经办人员", "the proxy holds an office"),
            lambda values, _: values.get("post") in {"village-cadre", "programme-staff"},
        ),
    ),
    many=(
        Many(
            Reason("proxy-of-many", "同一人多次代领", "one person fetches often"),
            "proxy",
            lambda terms: terms.custodian_cards,
        ),
    ),
)
