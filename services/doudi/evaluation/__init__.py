"""How good links and lead lists are, measured against labelled truth."""

from doudi.evaluation.links import Evaluation, Score, TwoPeopleForOneRecord, crosscheck, evaluate
from doudi.evaluation.trial import ListScore, TrialScore, evaluate_screens, evaluate_trial, pooled

__all__ = [
    "Evaluation",
    "ListScore",
    "Score",
    "TrialScore",
    "TwoPeopleForOneRecord",
    "crosscheck",
    "evaluate",
    "evaluate_screens",
    "evaluate_trial",
    "pooled",
]
