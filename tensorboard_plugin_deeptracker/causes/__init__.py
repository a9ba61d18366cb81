"""What filters do, found by experiment: a model with some of them changed, on the same images."""

from .ablation import ablate
from .causes import Causes, Tried, Watch
from .preparing import check_whole
from .putting_back import IMAGES, NoFlipsError, put_back
from .trials import LEAST, Draws

__all__ = [
    "IMAGES",
    "LEAST",
    "Causes",
    "Draws",
    "NoFlipsError",
    "Tried",
    "Watch",
    "ablate",
    "check_whole",
    "put_back",
]
