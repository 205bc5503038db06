"""What can stand in the way of changing the model."""

from kit.problems import Problem


class PreviewNeeded(Problem):
    status, code = 409, "preview-needed"
    zh = "启用前须先预览：需要 {hours} 小时以内、基于现有批次和现用模型的预览（POST /models/{version}/preview）。"
    en = "Preview it first: a preview of the present deliveries and model, not older than {hours} hours, is needed."


class FiguresMissing(Problem):
    status, code = 409, "figures-missing"
    zh = "此版本尚无概率分布。请先预览或训练。"
    en = "No probabilities of this version are known yet. Preview it, or train it, first."


class ModelOutdated(Problem):
    status, code = 409, "model-outdated"
    zh = "此版本与现在的比对字段不符，不能再使用。"
    en = "This version does not fit the fields compared today and cannot be used any more."


class CostsUnusable(Problem):
    status, code = 422, "costs-unusable"
    zh = "按这些代价无法确定阈值：{reason}"
    en = "No thresholds follow from these costs: {reason}"


class AreaTooSmall(Problem):
    status, code = 403, "area-too-small"
    zh = "模型对全部数据生效，只有管辖全部批次所在区划的客户端才能查看其统计或更改它。"
    en = "A model acts on everything; only a client whose area holds every delivery may see its figures or change it."
