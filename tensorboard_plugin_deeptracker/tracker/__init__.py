"""The common case in one object: weights and predictions every so many iterations."""

from ..features.signs.compute import Sign
from ..summary.evaluation import Predict, predict_scores
from ..summary.loading import pass_length, read_batches
from ..summary.representing import Source
from .signs import check_kinds
from .tracker import Tracker, cadence
from .with_ids import WithIds

__all__ = [
    "Predict",
    "Sign",
    "Source",
    "Tracker",
    "WithIds",
    "cadence",
    "check_kinds",
    "pass_length",
    "predict_scores",
    "read_batches",
]
