"""What an agency can be told of its delivery."""

from kit.problems import Problem


class FeedNotYours(Problem):
    status, code = 403, "feed-not-yours"
    zh = "数据源 {feed} 由 {agency} 提供，不能由本客户端推送。可推送的数据源：{yours}。"
    en = "The feed {feed} is delivered by {agency}; this client may not push it. Yours: {yours}."


class DeliveryEmpty(Problem):
    status, code = 422, "delivery-empty"
    zh = "请求没有内容。请把文件作为请求正文发送。"
    en = "The request has no body. Send the file as the body."


class ConfirmerSame(Problem):
    status, code = 403, "confirmer-same"
    zh = "推送与确认须由两个不同的客户端完成。"
    en = "Who pushed a batch may not confirm it: another client must."
