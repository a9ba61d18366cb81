"""What experiments found, with what chance does."""

from .findings import Found, experiments, findings
from .measures import Measured, corrected, interval, measure

__all__ = ["Found", "Measured", "corrected", "experiments", "findings", "interval", "measure"]
