"""What the log holds of a validation: what was predicted for every image, and how clearly."""

from .choices import (
    HIGHEST_MARGIN,
    KEPT,
    Choices,
    choices_from,
    choices_of,
    kept_on_host,
)
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
    "KEPT",
    "KINDS",
    "MARGIN_TAG",
    "NOT_FINITE_TAG",
    "PREDICTED_TAG",
    "PROBABILITY_TAG",
    "SECOND_TAG",
    "VALIDATIONS",
    "Choices",
    "choices_from",
    "choices_of",
    "encode_validation",
    "kept_on_host",
]
