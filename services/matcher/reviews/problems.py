"""What can go wrong at the review bench."""

from kit.problems import Problem


class ReviewNotHeld(Problem):
    status, code = 409, "review-not-held"
    zh = "您没有领取这条复核，或领取已过期并由他人领取。请重新领取。"
    en = "You do not hold this review, or your hold ran out and somebody else took it. Claim again."


class ReviewClosed(Problem):
    status, code = 409, "review-closed"
    zh = "这条复核已不再待答（{state}）。请领取下一条。"
    en = "This review no longer waits for an answer ({state}). Claim the next one."


class CandidateNeeded(Problem):
    status, code = 422, "candidate-needed"
    zh = "有多名候选人，请用 candidate_id 指明是哪一位。"
    en = "There are several candidates: name one by candidate_id."


class CandidateUnknown(Problem):
    status, code = 422, "candidate-unknown"
    zh = "登记库中没有此人，或不在您的范围内。"
    en = "The registry has no such person, or not within your area."


class DecidedMeanwhile(Problem):
    status, code = 409, "decided-meanwhile"
    zh = "就在此刻，这条记录已由他人认定。请重新读取。"
    en = "Somebody else has just decided on this record. Read it again."


class NothingToUndo(Problem):
    status, code = 409, "nothing-to-undo"
    zh = "没有可撤销的答复：只能撤销自己的答复；撤销他人的需要权限 reviews:oversee。"
    en = "There is nothing to undo: your own answers only; those of others need the scope reviews:oversee."
