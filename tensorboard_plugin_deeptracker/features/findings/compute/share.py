"""How much of the network, or of the images, the findings of a rule are about."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ....index.run import Snapshot
from ...images.records import IMAGE_SETS
from ...layers.records import Model
from .find import Found
from .rules import Rule
from .scores import stretches


def share_of_filters(rule: Rule, found: Iterable[Found], model: Model) -> float:
    """Of all filters, those that a rule is about; all of a layer if it is about the layer."""
    about = np.zeros(model.filters, np.bool_)
    for layer, finding in found:
        if finding.rule is not rule:
            continue
        first, end = model.first_filters[layer : layer + 2].tolist()
        if finding.filter is None:
            about[first:end] = True
        else:
            about[first + finding.filter] = True
    return float(about.mean()) if model.filters else 0.0


def share_of_images(rule: Rule, snapshot: Snapshot) -> float:
    """The largest share of an image set's images that a rule is about at one validation.

    Raises:
        DamagedRecordError, OSError: See `columns` in `index.reading`.
    """
    shares = [0.0]
    for name in snapshot.keys(IMAGE_SETS):
        images = snapshot.of(IMAGE_SETS, name)
        of_rule = (each for each in stretches(snapshot, name) if each.rule is rule)
        shares += [min(1.0, each.images / len(images.labels)) for each in of_rule if images]
    return max(shares)
