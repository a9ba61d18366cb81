"""A run's views in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..compute.errors import InvalidQuestionError, NotFoundError
from ..features.images.records import IMAGE_SETS
from ..features.layers.records import DUMPS, MODEL
from ..pages.address import address
from ..pages.server import server
from ..pages.show import Shown
from ..pictures.lines import MOST, Curve, lines

if TYPE_CHECKING:
    from ..index.run import Run, Snapshot
    from .questions import Questions

_LEAST_HEIGHT = 120


def show(
    log: Run, asked: Questions, view: str, height: int, width: str, theme: str | None, **state: Any
) -> Shown:
    """A view of a run; see the reader's `Run.show`.

    Args:
        log: The run.
        asked: Answers questions about it.
        view: As there, like all that follows.
        height: Of the view, in pixels.
        width: In CSS.
        theme: Or None.
        **state: What else the address tells.
    """
    if theme not in (None, "light", "dark"):
        raise InvalidQuestionError(f"theme={theme!r}: must be 'light' or 'dark'")
    if not isinstance(height, int) or height < _LEAST_HEIGHT:
        raise InvalidQuestionError(
            f"height={height!r}: must be a number of pixels, at least {_LEAST_HEIGHT}"
        )

    def position(part: str, name: str) -> int:
        return _position(log.snapshot, part, name, str(state.get("image_set", "validation")))

    words = address(view, state, position)
    page = server().page({log.name: log.path})
    query = f"?theme={theme}" if theme else ""
    url = f"{page}{query}#deeptracker&p.deeptracker.s={words}"
    title = f"DeepTracker: run {log.name}, {view}"
    return Shown(title, url, _picture(log, asked, view, state), height, width)


def _position(snapshot: Snapshot, part: str, name: str, image_set: str) -> int:
    """Where a class or a node of the model stands, by its name."""
    if part in ("class", "label", "predicted"):
        what, known = "class", list(getattr(snapshot.of(IMAGE_SETS, image_set), "class_names", ()))
    elif part in ("node", "layer"):
        model = snapshot.of(MODEL)
        nodes = (model.nodes if part == "node" else model.layers) if model else ()
        what, known = "layer", [each.name for each in nodes]
    else:
        raise InvalidQuestionError(f"{part}={name!r}: must be a position, a whole number")
    if name not in known:
        shown = ", ".join(known[:20])
        raise NotFoundError(f"unknown {what} {name!r}: there are {shown}")
    return known.index(name)


def _picture(log: Run, asked: Questions, view: str, state: dict[str, Any]) -> str:
    """What can be seen of a view without a browser: its main curves."""
    step = state.get("step")
    marks = [] if step is None else [(step, f"{step:,}")]
    model = log.snapshot.of(MODEL)
    if view == "layers" and model and len(log.snapshot.steps(DUMPS)):
        stats = asked.layer_stats(str(state.get("statistic", "weight_sd")))
        names = [layer.name for layer in model.layers]
        curves = [
            Curve(name, stats.steps, stats.values[stats.nodes.index(name)]) for name in names[:MOST]
        ]
        beside = f", the first {MOST} of {len(names)}" if len(names) > MOST else ""
        return lines(f"{log.name}: {stats.stat} of the layers{beside}", curves, marks=marks)
    curves = []
    for name in log.snapshot.keys(IMAGE_SETS):
        rates = asked.error_rates(image_set=name)
        curves.append(Curve(name, rates.steps, rates.overall))
    return lines(f"{log.name}: error rate", curves, "%", marks=marks)
