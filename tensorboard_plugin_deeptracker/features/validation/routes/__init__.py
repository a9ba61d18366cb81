"""What became of classes and images, and what they have in common."""

from collections.abc import Mapping
from typing import Any

from ....http.params import Params
from ....http.route import RunPart
from ....http.schema import STEPS
from ....index.run import Snapshot
from ...images.routes import IMAGE_SET
from ..records import VALIDATIONS
from . import classes, images, patterns
from .classes import WINDOW
from .images import CLASS, VALIDATION_STEP
from .patterns import MIN_SCORE

__all__ = ["CLASS", "MIN_SCORE", "ROUTES", "RUN_PART", "VALIDATION_STEP", "WINDOW"]


def describe(snapshot: Snapshot, params: Params) -> Mapping[str, Any]:
    """The iterations of the validations."""
    return {
        "steps": {"validations": snapshot.steps(VALIDATIONS, params.text("image_set")).tolist()}
    }


ROUTES = (*classes.ROUTES, *images.ROUTES, *patterns.ROUTES)
RUN_PART = RunPart(describe, {"steps": {"validations": STEPS}}, parameters=(IMAGE_SET,))
