"""The common case in one object: weights and predictions every so many iterations."""

from ..summary.evaluation import Predict, predict_scores
from ..summary.loading import pass_length, read_batches
from ..summary.representing import Source
from .tracker import Tracker, cadence
from .with_ids import WithIds

__all__ = [
    "Predict",
    "Source",
    "Tracker",
    "WithIds",
    "cadence",
    "pass_length",
    "predict_scores",
    "read_batches",
]
