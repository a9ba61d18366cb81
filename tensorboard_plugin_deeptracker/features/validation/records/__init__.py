"""What the log holds of a validation: what was predicted for every image, and how clearly."""

from .choices import HIGHEST_MARGIN, Choices, choices_of, without_scores
from .validation import (
    KINDS,
    MARGIN_TAG,
    NOT_FINITE_TAG,
    PREDICTED_TAG,
    PROBABILITY_TAG,
    SECOND_TAG,
    VALIDATIONS,
    encode_validation,
)

__all__ = [
    "HIGHEST_MARGIN",
    "KINDS",
    "MARGIN_TAG",
    "NOT_FINITE_TAG",
    "PREDICTED_TAG",
    "PROBABILITY_TAG",
    "SECOND_TAG",
    "VALIDATIONS",
    "Choices",
    "choices_of",
    "encode_validation",
    "without_scores",
]
