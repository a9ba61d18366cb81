"""What is computed of filters and classes together: mini-sets, and how surprising they are."""

from .correlation import Correlation, LayerSets
from .permutation import PermutationTest
from .relate import Options, related, significance

__all__ = [
    "Correlation",
    "LayerSets",
    "Options",
    "PermutationTest",
    "related",
    "significance",
]
