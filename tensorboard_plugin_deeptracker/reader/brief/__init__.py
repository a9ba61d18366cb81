"""Short answers about a run, for whoever reads them whole: bounded, names instead of positions.

They are what the commands and the MCP server say, as JSON holds it. Every list ends after `top`
entries; `left_out` counts by its name what is missing of each, and `more` says how to ask for it.
"""

from .anomalies import anomalies, anomaly
from .bounds import TOP
from .classes import class_
from .comparing import compare, runs
from .images import image
from .telling import signs, story

__all__ = ["TOP", "anomalies", "anomaly", "class_", "compare", "image", "runs", "signs", "story"]
