"""Rules about layers, on courses of numbers, against plain Python that reads their descriptions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tensorboard_plugin_deeptracker.features.signs.compute import of_layers, of_updates
from tensorboard_plugin_deeptracker.features.signs.compute.layers import LayersCourse
from tensorboard_plugin_deeptracker.features.signs.compute.rule import Rule
from tests.logs import small_model

LAYERS, ROWS, NAN = 6, 40, float("nan")
Table = Sequence[Sequence[float]]
RULES = {rule.kind.name: rule for rule in of_layers.RULES}
RATE, LEAP = of_updates.RULES


def course(every: int = 100, **given: Any) -> LayersCourse:
    """A course of these numbers, [rows, layers] each; 1 where none are given."""
    found = LayersCourse(small_model(*[8] * LAYERS))
    given = {**dict.fromkeys(("ratio", "gradient", "weight", "silent", "alike")), **given}
    rows = next((len(each) for each in given.values() if each is not None), ROWS)
    for name, values in given.items():
        for row in np.ones((rows, LAYERS)) if values is None else values:
            getattr(found, name).add(row)
    found.steps += range(0, rows * every, every)
    return found


def drawn(seed: int) -> NDArray[np.float64]:
    """Numbers of several sizes, some of which fall, rise, or stay away."""
    rng = np.random.default_rng(seed)
    values = 10 ** rng.normal(-3, 0.4, (ROWS, LAYERS))
    for _ in range(6):
        start = int(rng.integers(0, ROWS))
        layer = int(rng.integers(LAYERS))
        values[start : start + 14, layer] *= rng.choice([0.0, 1e-4, 1e-3, 1e2, 1e3])
    values[rng.random(values.shape) < 0.02] = NAN
    return values


def known(values: Sequence[float]) -> list[float]:
    return [each for each in values if not math.isnan(each)]


def middle(values: Sequence[float]) -> float:
    return median(known(values)) if known(values) else NAN


def column(table: Table, rows: range, layer: int) -> list[float]:
    return [table[row][layer] for row in rows]


def stopped(ratio: Table, row: int) -> list[float]:
    """Five dumps in a row at most a hundredth of the eight before, while the others go on."""
    if row < 13:
        return [0.0] * LAYERS
    before, last = range(row - 12, row - 4), range(row - 4, row + 1)
    usual = [middle(column(ratio, before, layer)) for layer in range(LAYERS)]
    most = [
        NAN if len(known(own)) < 5 else max(own)
        for own in (column(ratio, last, layer) for layer in range(LAYERS))
    ]
    left = [now / own if own > 0 else NAN for now, own in zip(most, usual, strict=True)]
    found = []
    for now, own, share in zip(most, usual, left, strict=True):
        if math.isnan(now) or not middle(left) >= 0.1:
            found.append(0.0)
        elif own > 0:
            found.append(max(0.0, math.log(max(share, 1e-12)) / math.log(0.01)))
        else:
            found.append(6.0 if now == 0 else 0.0)
    return found


def vanishing(gradient: Table, row: int) -> list[float]:
    """The last third of the layers against the first, the least of five dumps."""
    if row < 4:
        return [0.0]
    decades = []
    for each in range(row - 4, row + 1):
        first, last = middle(gradient[each][:2]), middle(gradient[each][-2:])
        if not last > 0 or math.isnan(first):
            return [0.0]
        decades.append(math.log10(last / max(first, 1e-30)))
    return [max(0.0, min(decades)) / 2.5]


def exploding(gradient: Table, row: int) -> list[float]:
    """Two dumps in a row, against at most fifty before."""
    if row < 9:
        return [0.0] * LAYERS
    found = []
    for layer in range(LAYERS):
        usual = middle(column(gradient, range(max(0, row - 51), row - 1), layer))
        now = [gradient[row - 1][layer], gradient[row][layer]]
        large = usual > 0 and not known(now) < now and min(now) > 0
        found.append(max(0.0, math.log10(min(now) / usual)) / 2 if large else 0.0)
    return found


PLAIN: dict[str, tuple[str, Callable[[Table, int], list[float]]]] = {
    "layer_stopped": ("ratio", stopped),
    "vanishing_gradients": ("gradient", vanishing),
    "exploding_gradients": ("gradient", exploding),
}


@pytest.mark.parametrize("name", PLAIN)
def test_against_plain_python(name: str) -> None:
    about, plain = PLAIN[name]
    reached = 0
    for seed in range(12):
        values = drawn(seed)
        if name == "vanishing_gradients":
            values *= 10 ** np.linspace(-1.5, 1.5, LAYERS)
        given: dict[str, Any] = {about: values}
        looked_at = course(**given)
        for row in range(ROWS):
            found = RULES[name].at(looked_at, row)
            assert found.tolist() == pytest.approx(plain(values.tolist(), row), rel=1e-9)
            reached += int((found >= 1).sum())
    assert reached > 20


def test_shares_of_filters_that_are_silent_or_alike() -> None:
    shares = np.full((8, LAYERS), 0.1)
    shares[2:, 1] = [0.3, 0.9, 0.45, 0.6, NAN, 0.7]
    found = course(silent=shares, alike=shares)
    dead = [RULES["dead_filters"].at(found, row)[1] for row in range(8)]
    assert dead == pytest.approx([0.1 / 0.6, 0.1 / 0.6, 0.5, 1.5, 0.75, 1.0, 0, 0.7 / 0.6])
    alike = [RULES["filters_alike"].at(found, row)[1] for row in range(8)]
    # The least of three dumps, of one half; nothing before there are three.
    assert alike == pytest.approx([0, 0, 0.2, 0.2, 0.6, 0.9, 0, 0])


def test_a_rate_is_that_of_a_random_walk() -> None:
    ratio = np.full((20, LAYERS), 2.0)
    ratio[:, :2] = 9.0  # The middle layer counts.
    ratio[18] = 0.5
    found = course(ratio=ratio, every=400)
    times = [float(RATE.at(found, row)[0]) for row in range(20)]
    # 2 in 400 iterations is 0.1 in one, twice the threshold; at eight dumps after the first eight.
    assert times == pytest.approx([0] * 16 + [2, 2, 0.5, 0.5])


@pytest.mark.parametrize("seed", range(4))
def test_a_leap_is_large_and_the_weights_grow(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratio = 10 ** rng.normal(0.3, 0.5, (ROWS, LAYERS))
    weight = np.exp(np.cumsum(rng.normal(0.1, 0.4, (ROWS, LAYERS)), axis=0))
    ratio[rng.random(ratio.shape) < 0.1] = NAN
    # Of weights that were 0 there is no ratio, and no growth.
    weight[3, :4], ratio[4, :4] = 0, math.inf
    found = course(ratio=ratio, weight=weight, every=25)
    times = [float(LEAP.at(found, row)[0]) for row in range(ROWS)]
    expected = [0.0]
    for row in range(1, ROWS):
        pace = middle([each for each in ratio[row] if each < math.inf]) / 25**0.5
        before, now = weight[row - 1], weight[row]
        growth = middle([b / a for a, b in zip(before, now, strict=True) if a])
        both = min(pace / 0.2, math.log(growth) / math.log(1.2)) if growth > 1 else 0
        expected.append(0 if math.isnan(both) else both)
    assert times == pytest.approx(expected)
    assert 4 < sum(each >= 1 for each in times) < ROWS - 4


@pytest.mark.parametrize(
    ("inputs", "times"),
    [(None, 0), ((0.0, 1.0), 0), ((6.0, 8.0), 1), ((127.0, 60.0), 2.148), ((0.0, 1e-3), 1)],
)
def test_inputs_that_are_large_or_small(inputs: tuple[float, float] | None, times: float) -> None:
    found = course()
    found.model = replace(found.model, inputs=inputs)
    assert RULES["inputs_not_normalised"].at(found, 0).tolist() == pytest.approx([times], rel=1e-3)


def says(rule: Rule[LayersCourse], about: LayersCourse, first: int, last: int) -> str:
    return rule.says(about, 1, first, last)


def test_what_is_said_has_the_numbers_of_the_stretch() -> None:
    ratio = np.full((30, LAYERS), 1e-2)
    ratio[15:, 1] = 2e-5
    name = course().model.layers[1].name
    assert says(RULES["layer_stopped"], course(ratio=ratio), 19, 25) == (
        f"The update ratio of {name} is 2e-05 from 1,500 on, and was 0.01 before; other layers go"
        " on."
    )
    ratio[:, 1] = 0
    assert says(RULES["layer_stopped"], course(ratio=ratio), 19, 25) == (
        f"The weights of {name} have never changed, while other layers learn."
    )
    gradient = np.full((30, LAYERS), 1e-3)
    gradient[20:, 1] = [2, 5, 3, 1, 1, 1, 1, 1, 1, 1]
    assert says(RULES["exploding_gradients"], course(gradient=gradient), 21, 23) == (
        f"Gradients of {name} reach 5.0e+00 (root mean square); 1.0e-03 is usual."
    )
    gradient[25] = [1e-9, 3e-9, 1, 1, 2, 4]
    assert says(RULES["vanishing_gradients"], course(gradient=gradient), 21, 25) == (
        "Gradients of the first layers are 2.0e-09 (root mean square), those of the last 3.0e+00."
    )
    shares = np.full((9, LAYERS), 0.25)
    shares[5, 1] = 0.5
    copies = course(silent=shares, alike=shares)
    assert says(RULES["dead_filters"], copies, 3, 7).startswith("4 of 8 filters")
    assert says(RULES["filters_alike"], copies, 6, 7).startswith("2 of 8 filters")
    about = course()
    about.model = replace(about.model, inputs=(127.0, 60.0))
    assert says(RULES["inputs_not_normalised"], about, 0, 8) == (
        "The model is given numbers around 127, with a deviation of 60."
    )
    assert says(RATE, course(ratio=np.full((9, LAYERS), 0.3)), 3, 8) == (
        "The middle layer's weights change by 30% of their length in 100 iterations."
    )
    leap = course(ratio=np.full((3, LAYERS), 3.0), weight=np.outer([1, 4, 5], np.ones(LAYERS)))
    assert says(LEAP, leap, 1, 2) == (
        "Within 100 iterations, up to 100, the middle layer's weights change by 300% of their"
        " length and become 4 times as large."
    )
    each = course(ratio=np.full((9, LAYERS), 0.3), every=1)
    assert says(RATE, each, 3, 8).endswith("30% of their length in 1 iteration.")
