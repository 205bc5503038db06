"""Agencies and scopes as staff call them, for whoever gives rights."""

from collections.abc import Mapping

AGENCIES: Mapping[str, str] = {
    "civil-affairs": "民政局",
    "township": "乡镇（街道）",
    "villages": "村（居）",
    "disabled-persons-federation": "残联",
    "health": "卫生健康局",
    "medical-insurance": "医保局",
    "rural-revitalization": "乡村振兴局",
    "human-resources": "人社局",
    "public-security": "公安局",
    "emergency-management": "应急管理局",
    "funeral-services": "殡葬服务单位",
    "check-centre": "核对中心",
}
SCOPES: Mapping[str, str] = {
    "accounts:write": "管理账号",
    "agreements:write": "管理共享协议",
    "areas:write": "维护区划",
    "audit:read": "查阅审计日志",
    "audit:report": "答复本人查询",
    "batches:decide": "决定暂缓的批次",
    "batches:read": "查看批次",
    "cases:approve": "审核台账事项",
    "cases:lead": "由线索开立事项",
    "cases:read": "查看台账",
    "cases:write": "办理台账事项",
    "clients:write": "管理客户端",
    "coverage:check": "核对是否在保",
    "feeds:push": "报送数据",
    "feeds:read": "查看数据源",
    "feeds:write": "维护数据源",
    "holds:write": "保全数据",
    "imports:write": "导入业务数据",
    "keys:rotate": "更换密钥",
    "leads:pace": "定下发进度",
    "leads:read": "查看线索",
    "leads:reveal": "查看线索身份信息",
    "links:read": "查看比对关联",
    "match:query": "单个比对",
    "models:change": "更换比对模型",
    "models:read": "查看比对模型",
    "payments:read": "查看发放",
    "payments:write": "导入发放名册",
    "persons:protected": "查看受保护人员",
    "publication:read": "生成公示名单",
    "registers:handed-over": "查看移交线索",
    "registers:read": "查看登记簿",
    "registers:write": "登记登记簿",
    "registry:admin": "管理登记库",
    "registry:follow": "同步登记库",
    "registry:read": "查看登记库",
    "registry:write": "更改登记库",
    "reviews:decide": "比对复核",
    "reviews:oversee": "管理比对复核",
    "screens:approve": "批准筛查参数",
    "screens:draft": "拟定筛查参数",
    "screens:read": "查看筛查规则",
    "standards:write": "维护救助标准",
    "statistics:read": "查看统计",
    "subscriptions:write": "订阅变更",
}
PURPOSES: Mapping[str, str] = {
    "dynamic-monitoring": "动态监测",
    "reveal": "查看身份信息",
    "operation": "运行管理",
    "audit": "审计",
    "matching": "数据比对",
}


def agency_code(told: str) -> str:
    """The code of an agency told by its name; what is no name we know is a code already."""
    return next((code for code, title in AGENCIES.items() if title == told), told)


def scopes_text(scopes: list[str]) -> str:
    """`查看台账、办理台账事项`."""
    return "、".join(SCOPES.get(one, one) for one in scopes)
