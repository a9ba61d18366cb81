"""The pictures of a report."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from typing import Any

from ...compute.errors import QuestionError
from ...pictures.lines import MOST, Curve, lines
from ...pictures.small import dots, spark
from ..run import Run

# Of an image, in pixels; what is larger is made smaller.
_SIDE = 96


def _values(values: list[float | None]) -> list[float]:
    return [float("nan") if each is None else each for each in values]


def error_rates(answer: Mapping[str, Any]) -> str | None:
    """The error over time of each image set; marked is what the story tells."""
    curves = [
        Curve(each["image_set"], each["steps"], _values(each["error_rate"]))
        for each in answer["error_rates"][:MOST]
    ]
    told = enumerate(answer["story"], 1)
    marks = [(each["step"], str(i)) for i, each in told if each["step"] is not None]
    return lines("Error rate", curves, "%", marks=marks) if curves else None


def layers(answer: Mapping[str, Any]) -> str | None:
    """The update ratio over time of those layers that changed most."""
    most = sorted(answer["layers"], key=lambda each: -(each["largest"] or 0.0))[:MOST]
    chosen = [each for each in answer["layers"] if each in most]
    curves = [Curve(each["layer"], each["steps"], _values(each["update_ratio"])) for each in chosen]
    return lines("Update ratio", curves) if curves else None


def of_class(row: Mapping[str, Any]) -> str:
    """A class's error over time, with the validation from which on it was learned."""
    marked = row["steps"].index(row["learned_at"]) if row["learned_at"] in row["steps"] else None
    title = f"error rate of {row['class']} over time"
    return spark(title, _values(row["error_rates"]), high=1.0, marked=marked)


def of_layer(row: Mapping[str, Any]) -> str:
    """A layer's update ratio over time."""
    return spark(f"update ratio of {row['layer']} over time", _values(row["update_ratio"]))


def map_(answer: Mapping[str, Any]) -> str | None:
    """The map's last frame."""
    own = answer["map"]
    if not own:
        return None
    title = f"Map of the images at iteration {own['step']:,}"
    return dots(title, _values(own["x"]), _values(own["y"]), own["class"], own["classes"])


def thumbnails(run: Run, answer: Mapping[str, Any]) -> dict[str, bytes]:
    """PNGs of the images that the report names, by their identifiers; of those that were logged."""
    from PIL import Image

    found: dict[str, bytes] = {}
    told = [each for sentence in answer["story"] for each in sentence["images"]]
    for each in (*told, *answer["hardest"], *answer["suspicious"]):
        if str(each["id"]) in found:
            continue
        with contextlib.suppress(QuestionError, OSError, ValueError):
            data = run.image(each["id"], image_set=answer["image_set"])
            with Image.open(io.BytesIO(data)) as opened:
                image = opened.convert("RGB")
            image.thumbnail((_SIDE, _SIDE))
            file = io.BytesIO()
            image.save(file, "PNG")
            found[str(each["id"])] = file.getvalue()
    return found
