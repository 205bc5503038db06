"""What an agency can be told of its delivery."""

from kit.limits import rate_headers
from kit.problems import Problem


class FeedNotYours(Problem):
    status, code = 403, "feed-not-yours"
    zh = "数据源 {feed} 由 {agency} 提供，不能由本客户端推送。可推送的数据源：{yours}。"
    en = "The feed {feed} is delivered by {agency}; this client may not push it. Yours: {yours}."


class FileNotYours(Problem):
    status, code = 403, "file-not-yours"
    zh = "报送的原文件只能由报送它的部门取回。各行的结果见 rows。"
    en = "A delivery's own file goes back to nobody but the agency that sent it. What became of its rows: see rows."


class CorrectionNotYours(Problem):
    status, code = 403, "correction-not-yours"
    zh = "校核申请只能由报送这一行的部门答复。"
    en = "A request to correct a row is answered by the agency that sent the row."


class CorrectionSheetWrong(Problem):
    status, code = 422, "correction-sheet-wrong"
    zh = "这不是校核申请表：缺少 {missing} 列。请从 /corrections/export.xlsx 下载，填写后发回；没有记录任何内容。"
    en = "This is no list of corrections: {missing} is missing. Download it anew, fill it in; nothing was recorded."


class ReasonMissing(Problem):
    status, code = 422, "reason-missing"
    zh = "答“核实无误”或“无法核实”须写明依据（reason）。"
    en = "confirmed-right and cannot-verify need a reason."


class DeliveryEmpty(Problem):
    status, code = 422, "delivery-empty"
    zh = "请求没有内容。请把文件作为请求正文发送。"
    en = "The request has no body. Send the file as the body."


class DeliveryNotAsStated(Problem):
    status, code = 422, "delivery-not-as-stated"
    zh = "文件与声明不符：{what} 声明为 {stated}，实际为 {found}。没有保存，请核对后重发。"
    en = "The file is not what was stated: {what} stated as {stated}, found {found}. Nothing is kept: check, resend."


class UploadUnstated(Problem):
    status, code = 422, "upload-unstated"
    zh = "分片上传须先说明整个文件：expected_sha256（小写十六进制）和 expected_bytes，且请求不带正文。"
    en = "An upload in parts states the whole file first: expected_sha256 (hex) and expected_bytes, without a body."


class UploadTooLarge(Problem):
    status, code = 413, "upload-too-large"
    zh = "文件共 {bytes} 字节，超过上限 {limit}。请按地区或时间拆成几批，或请管理员调整 delivery_max_bytes。"
    en = "The file has {bytes} bytes, more than {limit}. Split it, or ask the administrator (delivery_max_bytes)."


class PartOutOfBounds(Problem):
    status, code = 422, "part-out-of-bounds"
    zh = "分片编号为 1 至 {most}，各片合计不得超过声明的 {bytes} 字节；已收到 {received} 字节。请核对分片后重发。"
    en = "Parts are numbered 1 to {most} and have {bytes} bytes together, as stated; {received} are here. Check them."


class UploadExpired(Problem):
    status, code = 409, "upload-expired"
    zh = "此次上传超过 {hours} 小时没有新的分片，已过期。请重新开始上传。"
    en = "No part came for {hours} hours: the upload has expired. Open a new one."


class PartsMissing(Problem):
    """`missing` names the gaps; what lies behind the last part can only be told by its size."""

    status, code = 409, "parts-missing"
    zh = "分片不齐：缺第 {missing} 片，已收到 {received} 字节，应为 {bytes} 字节。请补发后再次 seal。"
    en = "Parts are missing: {missing}; {received} of {bytes} bytes are here. Send them, then seal again."


class PartsDiffer(Problem):
    status, code = 409, "parts-differ"
    zh = "各片拼成的文件与声明的 expected_sha256 不符。请对照 GET parts 里各片的 sha256，重发有误的再 seal。"
    en = "The parts together are not the file stated. Compare each sha256 in GET parts, resend those that differ."


class ConfirmerSame(Problem):
    status, code = 403, "confirmer-same"
    zh = "推送与确认须由两个不同的客户端完成。"
    en = "Who pushed a batch may not confirm it: another client must."


class QuotaSpent(Problem):
    status, code = 429, "delivery-quota-spent"
    zh = (
        "本部门今日报送额度已用完（{what}：上限 {limit}，已用 {spent}），{seconds} 秒后（零时）恢复；急需请联系管理员。"
    )
    en = "The agency's quota of the day is spent ({what}: {limit}, used {spent}). It begins anew in {seconds} s."

    @property
    def answer_headers(self) -> dict[str, str]:
        """When to come back, for programs."""
        seconds = int(str(self.args_by_name["seconds"]))
        limit = int(str(self.args_by_name["limit"]))
        told = rate_headers(f"agency-{self.args_by_name['what']}", limit, 0, seconds, 86_400)
        return {"Retry-After": str(seconds), **told}


class DeliveriesWaiting(Problem):
    status, code = 429, "deliveries-waiting"
    zh = "等待读取的批次已达上限（{limit}）。按目前的读取速度，约 {seconds} 秒后有空位，请届时重试。"
    en = "As many deliveries as may ({limit}) wait to be read. At the measured rate there is room in {seconds} s."

    @property
    def answer_headers(self) -> dict[str, str]:
        """When to come back, for programs."""
        return {"Retry-After": str(self.args_by_name["seconds"])}
