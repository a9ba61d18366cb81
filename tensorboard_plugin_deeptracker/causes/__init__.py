"""What filters do, found by experiment: a model with some of them changed, on the same images."""

from .ablation import ablate
from .causes import Causes, Tried, Watch
from .putting_back import put_back
from .trials import Draws

__all__ = ["Causes", "Draws", "Tried", "Watch", "ablate", "put_back"]
