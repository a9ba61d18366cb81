"""Rules about the dumps."""

from __future__ import annotations

import numpy as np

from ....compute.names import a_layer
from ...findings.compute import (
    LOOK_AT_NORM,
    MIN_DUMPS,
    REVIVE,
    UNFREEZE,
)
from ...findings.compute import Remedy as Advice
from . import of_updates
from .judge import BURN_IN, WINDOW, Floats, median
from .layers import LayersCourse
from .rule import Rule
from .sign import Kind

_DEAD = 0.6
_ALIKE, _ALIKE_FOR = 0.5, 3
# Powers of ten between the last and the first layers' gradients, and above what is usual.
_DECADES, _DEPTH_FOR, _DEPTH_LAYERS, _EXPLODED = 2.5, 5, 4, 2.0
_LARGE, _SMALL = 10.0, 1e-3
_STOPPED, _GOING, _STOPPED_FOR = 1e-2, 0.1, 5


def _dead(course: LayersCourse, row: int) -> Floats:
    silent: Floats = np.nan_to_num(course.silent.values[row])
    return silent / _DEAD


def _says_dead(course: LayersCourse, thing: int, first: int, last: int) -> str:
    share = course.silent.values[first : last + 1, thing].max()
    layer = course.model.layers[thing]
    count = round(share * layer.filters)
    return (
        f"{count:,} of {layer.filters:,} filters of {a_layer(layer.name)} had no gradient or"
        f" did not change at {MIN_DUMPS} dumps in a row."
    )


DEAD = Kind(
    "dead_filters",
    "layers",
    "Dead filters",
    f"A filter is silent if its gradient or its change was exactly 0 at each of the last"
    f" {MIN_DUMPS} dumps, while others of the model had one. An alarm from {_DEAD:.0%} of a layer's"
    " filters on; fewer are listed below it.",
    "weights",
    "Lu et al. 2019, Dying ReLU; DeepTracker, findings",
    REVIVE,
    explains=("dead_dimensions", "vanishing_gradients", "layer_stopped", "update_ratio_low"),
    findings=("dead_filters",),
    by_thing=True,
)


def _stopped(course: LayersCourse, row: int) -> Floats:
    ratio = course.ratio.values
    layers = ratio.shape[1]
    if row < BURN_IN + _STOPPED_FOR or layers < 2:
        return np.zeros(layers)
    start = row + 1 - _STOPPED_FOR
    usual = median(ratio[max(0, start - BURN_IN) : start])
    now = ratio[start : row + 1].max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Ratios of a frozen layer are 0 and stay so: `usual` is 0 too.
        left = np.where(usual > 0, now / usual, np.where(now == 0, 0.0, np.inf))
        moving = np.where(usual > 0, now / usual, np.nan)
        others = float(median(moving[:, None])[0])
        times = np.log(np.maximum(left, 1e-12)) / np.log(_STOPPED)
    return np.where((others >= _GOING) & ~np.isnan(now), np.maximum(times, 0), 0)


def _says_stopped(course: LayersCourse, thing: int, first: int, last: int) -> str:
    start = first + 1 - _STOPPED_FOR
    ratio = course.ratio.values
    usual = float(median(ratio[max(0, start - BURN_IN) : start])[thing])
    now = float(np.nanmedian(ratio[start : last + 1, thing]))
    name = a_layer(course.model.layers[thing].name)
    if usual == 0:
        return f"The weights of {name} have never changed, while other layers learn."
    return (
        f"The update ratio of {name} is {now:.2g} from {course.steps[start]:,} on, and was"
        f" {usual:.2g} before; other layers go on."
    )


STOPPED = Kind(
    "layer_stopped",
    "layers",
    "A layer stops while others learn",
    f"At {_STOPPED_FOR} dumps in a row, the layer's update ratio is at most {_STOPPED:g} times its"
    f" median of the {BURN_IN} dumps before, or it has never changed, while the middle layer"
    f" keeps at least {_GOING:g} times.",
    "weights",
    "Raghu et al. 2017, SVCCA (freeze training); DeepTracker, findings",
    UNFREEZE,
    findings=("frozen_layers",),
    by_thing=True,
)


def _alike(course: LayersCourse, row: int) -> Floats:
    alike = course.alike.values
    if row + 1 < _ALIKE_FOR:
        return np.zeros(alike.shape[1])
    shares: Floats = np.nan_to_num(alike[row + 1 - _ALIKE_FOR : row + 1].min(axis=0))
    return shares / _ALIKE


def _says_alike(course: LayersCourse, thing: int, first: int, last: int) -> str:
    layer = course.model.layers[thing]
    count = round(course.alike.values[first : last + 1, thing].max() * layer.filters)
    return (
        f"{count:,} of {layer.filters:,} filters of {a_layer(layer.name)} have the same weights as"
        " another."
    )


ALIKE = Kind(
    "filters_alike",
    "layers",
    "Filters that are copies of each other",
    "Filters of a layer whose weights have the same mean, deviation and norm, to six digits. An"
    f" alarm from {_ALIKE:.0%} of the layer's filters on, at {_ALIKE_FOR} dumps in a row. Nothing"
    " is said of weights without gradients where other layers have some: computed from parameters,"
    " they may be turned copies by design.",
    "weights",
    "Goodfellow et al. 2016, section 8.4 (symmetry)",
    Advice(
        "Draw the initial weights at random, so that filters of a layer differ.",
        "Goodfellow et al. 2016, Deep Learning, section 8.4",
        "https://www.deeplearningbook.org/contents/optimization.html",
    ),
    by_thing=True,
)


def _vanishing(course: LayersCourse, row: int) -> Floats:
    gradient = course.gradient.values[max(0, row + 1 - _DEPTH_FOR) : row + 1]
    layers = gradient.shape[1]
    third = max(1, layers // 3)
    if layers < _DEPTH_LAYERS or len(gradient) < _DEPTH_FOR:
        return np.zeros(1)
    first, last = median(gradient[:, :third].T), median(gradient[:, -third:].T)
    with np.errstate(divide="ignore", invalid="ignore"):
        decades = np.log10(last / np.maximum(first, 1e-30))
    least = float(np.where(last > 0, decades, np.nan).min())
    return np.array([max(0.0, least) / _DECADES if least == least else 0.0])


def _says_vanishing(course: LayersCourse, thing: int, first: int, last: int) -> str:
    del thing
    gradient = course.gradient.values[last]
    third = max(1, len(gradient) // 3)
    begin, end = (float(median(part[:, None])[0]) for part in (gradient[:third], gradient[-third:]))
    del first
    return (
        f"Gradients of the first layers are {begin:.1e} (root mean square), those of the last"
        f" {end:.1e}."
    )


VANISHING = Kind(
    "vanishing_gradients",
    "layers",
    "Gradients vanish on their way back",
    f"Of at least {_DEPTH_LAYERS} layers: the root mean square gradient of the last third is at"
    f" least 10^{_DECADES:g} times that of the first third (medians), at {_DEPTH_FOR} dumps in a"
    " row.",
    "weights, with gradients",
    "Glorot and Bengio 2010; SageMaker Debugger, VanishingGradient",
    Advice(
        "Use rectifiers, normalisation or residual connections, and initialise for the activation.",
        "Glorot and Bengio 2010; He et al. 2016",
        "https://proceedings.mlr.press/v9/glorot10a.html",
    ),
    explains=(
        "loss_not_falling",
        "class_never_learned",
        "class_lost",
        "purity_falling",
        "exploding_gradients",
        "update_ratio_low",
        "layer_stopped",
    ),
)


def _exploding(course: LayersCourse, row: int) -> Floats:
    gradient = course.gradient.values
    if row < BURN_IN + 1:
        return np.zeros(gradient.shape[1])
    begin = row - 1
    usual = median(gradient[max(0, begin - WINDOW) : begin])
    now = gradient[begin : row + 1].min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        decades = np.log10(now / np.where(usual > 0, usual, np.nan))
    times: Floats = np.maximum(np.nan_to_num(decades, nan=0.0), 0) / _EXPLODED
    return times


def _says_exploding(course: LayersCourse, thing: int, first: int, last: int) -> str:
    gradient = course.gradient.values[:, thing]
    begin = first - 1
    usual = float(median(gradient[max(0, begin - WINDOW) : begin, None])[0])
    most, name = gradient[first : last + 1].max(), a_layer(course.model.layers[thing].name)
    return f"Gradients of {name} reach {most:.1e} (root mean square); {usual:.1e} is usual."


EXPLODING = Kind(
    "exploding_gradients",
    "layers",
    "Gradients explode",
    f"At two dumps in a row, a layer's root mean square gradient is at least 10^{_EXPLODED:g} times"
    f" its median of at most {WINDOW} dumps before.",
    "weights, with gradients",
    "Pascanu et al. 2013",
    Advice(
        "Clip the norm of the gradients, or lower the learning rate.",
        "Pascanu et al. 2013",
        "https://proceedings.mlr.press/v28/pascanu13.html",
    ),
    explains=("loss_spike",),
    by_thing=True,
)


def _inputs(course: LayersCourse, row: int) -> Floats:
    del row
    inputs = course.model.inputs
    if inputs is None:
        return np.zeros(1)
    size = float(np.hypot(*inputs))
    far = np.log10(max(size, 1e-9)) / np.log10(_LARGE)
    near = np.log10(max(size, 1e-9)) / np.log10(_SMALL)
    return np.array([max(0.0, far, near)])


def _says_inputs(course: LayersCourse, thing: int, first: int, last: int) -> str:
    del thing, first, last
    assert course.model.inputs is not None
    mean, deviation = course.model.inputs
    return f"The model is given numbers around {mean:.3g}, with a deviation of {deviation:.3g}."


INPUTS = Kind(
    "inputs_not_normalised",
    "layers",
    "Inputs that are not normalised",
    f"The root mean square of the floats in the example that the model was logged with is at least"
    f" {_LARGE:g} or at most {_SMALL:g}.",
    "add_model with an example, as Tracker gives it (not in older logs)",
    "LeCun et al. 1998; SageMaker Debugger, NotNormalizedData",
    Advice(
        "Subtract the mean of the training images and divide by their standard deviation.",
        "LeCun et al. 1998, Efficient BackProp, section 4.3",
        "https://doi.org/10.1007/3-540-49430-8_2",
    ),
)

RESTLESS = Kind(
    "restless_filters",
    "layers",
    "Filters still changing when the others have settled",
    "The rule of the finding of this name; only worth a look.",
    "weights",
    "DeepTracker, section 8.2",
    LOOK_AT_NORM,
    findings=("restless_filters",),
    by_thing=True,
)

RULES = (
    Rule(DEAD, _dead, _says_dead, listed=1e-6),
    Rule(STOPPED, _stopped, _says_stopped),
    Rule(ALIKE, _alike, _says_alike),
    Rule(VANISHING, _vanishing, _says_vanishing),
    Rule(EXPLODING, _exploding, _says_exploding),
    *of_updates.RULES,
    Rule(INPUTS, _inputs, _says_inputs),
)
