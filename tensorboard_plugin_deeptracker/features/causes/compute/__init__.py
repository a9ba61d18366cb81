"""What experiments found, with what chance does."""

from .findings import Found, experiments, findings
from .measures import Measured, interval, measure

__all__ = ["Found", "Measured", "experiments", "findings", "interval", "measure"]
