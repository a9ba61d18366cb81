"""What experiments found, with what chance does."""

from .measures import Measured, corrected, interval, measure
from .rows import Found, experiments, findings

__all__ = ["Found", "Measured", "corrected", "experiments", "findings", "interval", "measure"]
