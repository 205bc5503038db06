"""What can go wrong with evidence, and with closing a case without it."""

from kit.problems import Problem


class EvidenceTooLarge(Problem):
    status, code = 413, "evidence-too-large"
    zh = "单个附件不超过 {limit} MB。请缩小照片或分开上传。"
    en = "One attachment may have {limit} MB at most. Reduce the photograph, or send it in several."


class EvidenceTooMany(Problem):
    status, code = 409, "evidence-too-many"
    zh = "每个事项最多 {limit} 个附件。请合并为一个 PDF。"
    en = "A case may have {limit} attachments at most. Put several into one PDF."


class EvidenceTypeUnknown(Problem):
    status, code = 415, "evidence-type-unknown"
    zh = "只收照片（JPEG、PNG、WebP、HEIC）和 PDF。请按文件内容另存后再上传。"
    en = "Photographs (JPEG, PNG, WebP, HEIC) and PDF only, judged by what is in the file. Save it as one of these."


class EvidenceWithdrawn(Problem):
    status, code = 409, "evidence-withdrawn"
    zh = "该附件已撤回。"
    en = "That attachment has been withdrawn already."


class EvidenceMissing(Problem):
    status, code = 409, "evidence-missing"
    zh = "人工办结须有销号凭证。请经办人先上传照片或文书，再办结。"
    en = "Closing by hand needs evidence. Whoever worked on the case attaches it first."
