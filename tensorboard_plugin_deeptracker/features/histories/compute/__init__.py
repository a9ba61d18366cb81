"""What is computed of histories: the scores of images, in any order, and how they are spread."""

from .cartography import MOST_VARIABILITY, Cartography, cartography
from .choose import SORTS, Choice
from .collect import image_scores, weight_of
from .listed import predicted_over_time, second_choices
from .scores import ImageScores
from .sums import Scores, Seen, Sums
from .suspicion import suspicion as suspicion_of

__all__ = [
    "MOST_VARIABILITY",
    "SORTS",
    "Cartography",
    "Choice",
    "ImageScores",
    "Scores",
    "Seen",
    "Sums",
    "cartography",
    "image_scores",
    "predicted_over_time",
    "second_choices",
    "suspicion_of",
    "weight_of",
]
