"""What a subscriber can be told."""

from kit.problems import Problem


class AddressRefused(Problem):
    status, code = 422, "webhook-address-refused"
    zh = "不能通知此地址：{reason}。请用公网可解析的 https 地址；内网地址须由管理员列入 outbound_allowed。"
    en = (
        "This address cannot be woken: {reason}. Use an https address that resolves to a public one; an inner one must "
        "be named in outbound_allowed by the administrator."
    )


class SubscriptionsTooMany(Problem):
    status, code = 409, "subscriptions-too-many"
    zh = "本客户端已有 {most} 个订阅，已达上限。请先删除不用的订阅。"
    en = "This client has {most} subscriptions, which is the most. Delete one that is not used first."


class SubscriptionAsleep(Problem):
    status, code = 409, "subscription-asleep"
    zh = "订阅状态为 {state}，不会发送。请先 POST …/ping，接收端回答验证码后即恢复。"
    en = "The subscription is {state}: nothing is sent. POST …/ping first; the receiver's answer to it makes it active."


class DeliveryBusy(Problem):
    status, code = 409, "delivery-busy"
    zh = "该通知正在发送或等待发送，无需重发。结果见 deliveries。"
    en = "It is being sent or about to be: there is nothing to replay. See deliveries for what comes of it."
