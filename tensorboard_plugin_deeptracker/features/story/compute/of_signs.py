"""The alarms among the signs, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from ....index.run import Snapshot
from ...images.records import IMAGE_SETS
from ...layers.records import MODEL
from ...signs.compute import ALARM, Sign, signs
from .of_classes import shown_classes
from .sentence import Sentence, at, link

_MOST = 3
# What the story tells of images by itself, with its own figures.
_TOLD = {"mass_forgetting", "class_lost", "class_never_learned", "wrong_labels"}


def of_signs(snapshot: Snapshot) -> Iterator[Sentence]:
    """The most severe alarms, one of a kind."""
    told: set[str] = set()
    for sign in signs(snapshot):
        kind = sign.kind
        if sign.severity < ALARM or kind.name in _TOLD | told or len(told) == _MOST:
            continue
        told.add(kind.name)
        step = sign.first_step
        text = f"{kind.title} since {at(step)}: {sign.says}"
        yield Sentence("sign", text, step, 0.5 + 0.4 * sign.severity, _shown(snapshot, sign))


def _shown(snapshot: Snapshot, sign: Sign) -> str:
    """The view of what it is about."""
    run, step, fields = snapshot.name, sign.first_step, dict[str, object]()
    model = snapshot.of(MODEL)
    if sign.layer is not None and model is not None:
        names = [None if node.layer is None else node.name for node in model.nodes]
        if sign.layer in names:
            fields["screen__selected"] = "layer", names.index(sign.layer)
        return link(run, "layers", step, **fields)
    if sign.image_set is not None:
        fields["run__imageSet"] = sign.image_set
    if sign.kind.group == "representations":
        return link(run, "map", step, **fields)
    images = None if sign.image_set is None else snapshot.of(IMAGE_SETS, sign.image_set)
    if images is not None and sign.class_name in images.class_names:
        fields |= shown_classes([images.class_names.index(sign.class_name)])
    # What is about none of these is seen where the timeline is.
    view = "validation" if images is not None else "findings"
    return link(run, view, step, **fields)
