"""What whoever puts a map in force can be told."""

from kit.problems import Problem


class FeedMeaningChanges(Problem):
    """The new version makes the same file say something else of people. `errors` names each such change."""

    status, code = 409, "feed-meaning-changes"
    zh = (
        "此版本会改变事实的含义（{count} 处，见 errors）：同样的文件会得出不同的结论。"
        "确认无误后，以 accepts_meaning: true 重新提交。"
    )
    en = (
        "This version changes what facts mean ({count} changes, see errors): the same file would say something else. "
        "If that is intended, send it again with accepts_meaning: true."
    )


class FeedAreaTooSmall(Problem):
    status, code = 403, "feed-area-too-small"
    zh = "数据源对全部推送生效；您的辖区没有覆盖全部推送数据。请由上级管理员更改。"
    en = "A feed is the same for all deliveries, and your area does not cover them all. Ask an administrator above you."
