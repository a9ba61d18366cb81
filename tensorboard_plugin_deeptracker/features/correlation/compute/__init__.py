"""What is computed of filters and classes together: mini-sets, and how surprising they are."""

from .anomaly_filters import suggested_top_k
from .correlation import Correlation, LayerSets
from .false_discovery import false_discovery_rates
from .permutation import PermutationTest
from .relate import Options, expected, related, significance

__all__ = [
    "Correlation",
    "LayerSets",
    "Options",
    "PermutationTest",
    "expected",
    "false_discovery_rates",
    "related",
    "significance",
    "suggested_top_k",
]
