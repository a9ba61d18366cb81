"""What is worth a look in a run: rules about layers and validations, and where they hold."""

from .find import Found, findings
from .rules import RULES, Finding, Rule
from .scores import VALIDATION_RULES, Stretch, stretches

__all__ = [
    "RULES",
    "VALIDATION_RULES",
    "Finding",
    "Found",
    "Rule",
    "Stretch",
    "findings",
    "stretches",
]
