"""What is computed of predictions: histories of classes and images, clusters, anomalies."""

from .anomalies import (
    CORRECT,
    NOT_EVALUATED,
    RULES,
    WRONG,
    Anomalies,
    Flips,
    Rule,
    correctness,
    find_anomalies,
)
from .class_history import History, history
from .clusterings import clusters_of, separations
from .defaults import chance_of, suggested_clusters, suggested_rules
from .results import ClassImages, not_finite_scores, predictions, result_bits, validation_at
from .suggestion import SuggestedRules

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
    "SuggestedRules",
    "chance_of",
    "clusters_of",
    "correctness",
    "find_anomalies",
    "history",
    "not_finite_scores",
    "predictions",
    "result_bits",
    "separations",
    "suggested_clusters",
    "suggested_rules",
    "validation_at",
]
