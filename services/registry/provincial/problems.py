"""What can go wrong with a file of the province as a whole; each leaves nothing written."""

from kit.problems import Problem


class LayoutUnknown(Problem):
    status, code = 404, "provincial-layout-unknown"
    zh = "没有这个省平台布局：{layout}。现有 {known}；新布局放进 provincial_layouts 指定的文件夹后重启。"
    en = "There is no such layout: {layout}; there are {known}. Put a new one into the folder provincial_layouts names."


class AnswersUnreadable(Problem):
    status, code = 422, "provincial-answers-unreadable"
    zh = "省平台回执无法读取：{reason}"
    en = "The province's answers cannot be read: {reason}"


class AnswersColumnsWrong(Problem):
    status, code = 422, "provincial-answers-columns-wrong"
    zh = "回执缺少列：{missing}。已识别：{found}。未采用任何内容；请按布局核对列名。"
    en = "The answers lack columns: {missing}. Recognised: {found}. Nothing was taken; compare with the layout."


class AnswersTooLong(Problem):
    status, code = 413, "provincial-answers-too-long"
    zh = "回执超过 {limit} 行，请拆分后分别送回。"
    en = "More than {limit} rows; split the file."


class PackageUnreadable(Problem):
    status, code = 422, "provincial-package-unreadable"
    zh = "交换包无法读取：{reason}。未采用任何内容；请重新拷贝或请对方重新制作。"
    en = "The package cannot be read: {reason}. Nothing was taken; copy it again or have it made again."


class PackageConflict(Problem):
    status, code = 409, "provincial-package-conflict"
    zh = "序号 {sequence} 的交换包此前已收，内容不同。请与对方核对哪一份有效，另行编号。"
    en = "A package with number {sequence} came before, with another content. Ask which one holds; number it anew."
