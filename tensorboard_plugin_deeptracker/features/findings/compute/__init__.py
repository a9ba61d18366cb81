"""What is worth a look in a run: rules about layers and validations, and where they hold."""

from .find import Found, findings
from .remedies import LOOK_AT_NORM, LOWER_RATE, RAISE_RATE, RESTART, REVIVE, UNFREEZE, Remedy
from .rules import MIN_DUMPS, RULES, Finding, Rule
from .scores import VALIDATION_RULES, Stretch, stretches
from .share import share_of_filters, share_of_images

__all__ = [
    "LOOK_AT_NORM",
    "LOWER_RATE",
    "MIN_DUMPS",
    "RAISE_RATE",
    "RESTART",
    "REVIVE",
    "RULES",
    "UNFREEZE",
    "VALIDATION_RULES",
    "Finding",
    "Found",
    "Remedy",
    "Rule",
    "Stretch",
    "findings",
    "share_of_filters",
    "share_of_images",
    "stretches",
]
