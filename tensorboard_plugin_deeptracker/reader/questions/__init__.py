"""All questions about a run; made by docs/routes.py."""

from __future__ import annotations

from .about import AboutQuestions
from .causes import CausesQuestions
from .compare import CompareQuestions
from .confusion import ConfusionQuestions
from .correlation import CorrelationQuestions
from .findings import FindingsQuestions
from .histories import HistoriesQuestions
from .images import ImagesQuestions
from .kernels import KernelsQuestions
from .layers import LayersQuestions
from .map import MapQuestions
from .signs import SignsQuestions
from .story import StoryQuestions
from .suggested import SuggestedQuestions
from .validation import ValidationQuestions


class Questions(
    AboutQuestions,
    CausesQuestions,
    CompareQuestions,
    ConfusionQuestions,
    CorrelationQuestions,
    FindingsQuestions,
    HistoriesQuestions,
    ImagesQuestions,
    KernelsQuestions,
    LayersQuestions,
    MapQuestions,
    SignsQuestions,
    StoryQuestions,
    SuggestedQuestions,
    ValidationQuestions,
):
    """What can be asked about a run."""
