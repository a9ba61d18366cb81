"""What is worth a look in a run: rules about layers and validations, and where they hold."""

from .find import Found, findings
from .rules import RULES, Finding, Rule
from .scores import VALIDATION_RULES, Stretch, stretches
from .share import share_of_filters, share_of_images

__all__ = [
    "RULES",
    "VALIDATION_RULES",
    "Finding",
    "Found",
    "Rule",
    "Stretch",
    "findings",
    "share_of_filters",
    "share_of_images",
    "stretches",
]
