"""What is computed of predictions: histories of classes and images, clusters, anomalies."""

from .anomalies import (
    CORRECT,
    NOT_EVALUATED,
    RULES,
    WRONG,
    Anomalies,
    Flips,
    Rule,
    anomalies,
    correctness,
)
from .clusterings import clusters_of, separations
from .history import History, history
from .predictions import ClassImages, predictions, result_bits, validation_at

__all__ = [
    "CORRECT",
    "NOT_EVALUATED",
    "RULES",
    "WRONG",
    "Anomalies",
    "ClassImages",
    "Flips",
    "History",
    "Rule",
    "anomalies",
    "clusters_of",
    "correctness",
    "history",
    "predictions",
    "result_bits",
    "separations",
    "validation_at",
]
