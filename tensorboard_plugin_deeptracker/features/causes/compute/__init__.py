"""What experiments found, with what chance does."""

from .measures import Measured, corrected, interval, measure
from .rows import Found, experiments, findings, found_in
from .verdict import LEAST, SIGNIFICANT, excess, is_beyond_chance, share

__all__ = [
    "LEAST",
    "SIGNIFICANT",
    "Found",
    "Measured",
    "corrected",
    "excess",
    "experiments",
    "findings",
    "found_in",
    "interval",
    "is_beyond_chance",
    "measure",
    "share",
]
