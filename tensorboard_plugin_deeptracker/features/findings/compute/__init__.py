"""What is worth a look in a run's layers: rules, and where they hold."""

from .find import Found, findings
from .rules import RULES, Finding, Rule

__all__ = ["RULES", "Finding", "Found", "Rule", "findings"]
