"""A short story of the run, from its data."""

from __future__ import annotations

from ...http.answers import Answer
from ...http.params import TEXT, Parameter, Params
from ...http.route import Route
from ...http.schema import STEP, STRING, array, obj
from ...index.run import Snapshot
from ..images.compute import image_set_of
from .compute import story as tell


def story(snapshot: Snapshot, params: Params) -> Answer:
    """What happened in the run: the most telling sentences, in the order of time."""
    name = params.text("image_set")
    if name:
        image_set_of(snapshot, name)
    told = tell(snapshot, name or None)
    return Answer(
        {
            "sentences": [
                {"text": each.text, "link": each.link, "kind": each.kind, "step": each.step}
                for each in told
            ]
        }
    )


_IMAGE_SET = Parameter(
    "image_set",
    TEXT,
    "name of the image set that it is about; none: the usual one, or the first with validations",
    "validation",
    required=False,
    default="",
)
_SENTENCE = {
    "text": STRING,
    "link": {
        "type": "string",
        "description": "the tab's state that shows it: `p.deeptracker.s` of the address",
    },
    "kind": {"type": "string", "description": "what it is about"},
    "step": STEP,
}
_STORY = {"sentences": array(obj(_SENTENCE), "at most eight, in the order of time")}

ROUTES = (Route("/story", story, (_IMAGE_SET,), obj(_STORY), {}, _STORY),)
