"""Rules about the loss and the learning rate, on curves in which one thing happens."""

from __future__ import annotations

import math
from statistics import median

import numpy as np
import pytest

from tensorboard_plugin_deeptracker.features.signs.compute import Sign
from tensorboard_plugin_deeptracker.features.signs.compute.of_scalars import of_scalars
from tensorboard_plugin_deeptracker.features.signs.compute.rates import Rates, rates_of
from tensorboard_plugin_deeptracker.index.scalars import Scalars

ROWS, NAN = 60, float("nan")


def said(loss: list[float], rate: list[float] | None = None) -> dict[str, Sign]:
    """The first sign of each kind."""
    rates = rate or [0.1] * len(loss)
    table = Rates("loss/train", "lr", np.array(loss)[:, None], np.array(rates)[:, None])
    found: dict[str, Sign] = {}
    for sign in of_scalars(table, [10 * i for i in range(len(loss))]):
        found.setdefault(sign.kind.name, sign)
    return found


def falling(pace: float = 0.95) -> list[float]:
    return [2 * pace**i * (1.01 if i % 2 else 0.99) for i in range(ROWS)]


def severity(times: float) -> float:
    return float(1 - 0.5**times)


def test_a_loss_that_falls_is_as_it_should_be() -> None:
    assert said(falling()) == {}
    assert list(of_scalars(Rates(None, None, np.ones((9, 1)), np.ones((9, 1))), [*range(9)])) == []


@pytest.mark.parametrize(("times", "row"), [(1.9, 20), (2.1, 20), (8.0, 20), (8.0, 4)])
def test_a_jump_is_twice_what_it_was(times: float, row: int) -> None:
    loss = falling(0.999)
    usual = median(loss[max(0, row - 5) : row])
    loss[row] = times * usual
    found = said(loss).get("loss_spike")
    # Before there are eight dumps nobody knows how much it varies.
    assert (found is not None) == (times >= 2 and row == 20)
    if found is not None:
        assert (found.first_step, found.last_step) == (200, 200)
        logs = [math.log(each) for each in loss[:row]]
        center = median(logs)
        spread = max(0.05, 1.4826 * median(abs(each - center) for each in logs))
        z = (math.log(loss[row]) - center) / spread / 8
        assert found.severity == pytest.approx(severity(min(math.log2(times), z)))
        assert found.says == f"loss/train rises from {usual:.3g} to {loss[row]:.3g}."


def test_a_jump_within_what_is_usual_is_none() -> None:
    rng = np.random.default_rng(0)
    loss = np.exp(rng.normal(0, 1, ROWS)).tolist()
    loss[40] = 2.5 * median(loss[35:40])
    assert "loss_spike" not in said(loss)


def test_a_loss_that_is_not_finite_is_said_whatever_it_was() -> None:
    loss = falling()
    loss[7:] = [math.inf] * (ROWS - 7)
    found = said(loss)["not_finite"]
    assert (found.first_step, found.last_step) == (70, 590)
    assert found.severity == pytest.approx(1)


@pytest.mark.parametrize("left", [0.999, 0.98, 0.96])
def test_a_loss_that_does_not_fall(left: float) -> None:
    loss = [2.0] * 3 + [2.0 * left] * (ROWS - 3)
    found = said(loss).get("loss_not_falling")
    assert (found is not None) == (left > 0.97)
    if found is not None:
        # From the 35th dump on.
        assert (found.first_step, found.last_step) == (340, 590)
        times = 0.03 / max(1 - left, 0.03 / 4)
        assert found.severity == pytest.approx(severity(times))
        assert found.says == f"loss/train is {2 * left:.3g}, and was 2 at the beginning."


def test_what_fell_once_has_fallen_for_ten_dumps() -> None:
    loss = [2.0] * ROWS
    loss[44] = 1.0
    steps = {each // 10 for each in range(340, 600, 10)}
    quiet = set(range(44, 54))
    signs = list(
        of_scalars(
            Rates("loss", "lr", np.array(loss)[:, None], np.ones((ROWS, 1))),
            list(range(ROWS)),
        )
    )
    told = [each for each in signs if each.kind.name == "loss_not_falling"]
    assert {
        row for each in told for row in range(each.first_step, each.last_step + 1)
    } == steps - quiet


@pytest.mark.parametrize(("rate", "now"), [(0.05, 1.0), (0.05, 0.98), (0.06, 1.0)])
def test_a_drop_of_the_rate_that_changes_nothing(rate: float, now: float) -> None:
    loss = [1.0] * 20 + [now] * 12
    found = said(loss, [0.1] * 20 + [rate] * 12).get("plateau_after_rate_drop")
    assert (found is not None) == (rate <= 0.05 and now > 0.99)
    if found is not None:
        assert (found.first_step, found.last_step) == (280, 280)  # Eight dumps behind the drop.
        assert found.severity == 0.4
        assert found.says == "lr fell from 0.1 to 0.05; loss/train is 1, and was 1."


def test_the_loss_and_the_rate_at_dumps_are_those_that_were_logged_before() -> None:
    def logged(*points: tuple[int, float]) -> Scalars:
        steps, values = zip(*points, strict=True)
        return Scalars(np.array(steps), np.array(values, float), np.zeros(len(steps)))

    tags = {
        "val/loss": logged((0, 9.0)),
        "loss": logged((0, 8.0)),
        "loss/train": logged((1, 4.0), (5, 2.0), (9, 1.0), (10, 7.0), (31, math.inf)),
        "learning_rate": logged((3, 0.1), (10, 0.01)),
    }
    found = rates_of(tags, [0, 10, 20, 30, 40])
    assert (found.loss_tag, found.rate_tag) == ("loss/train", "learning_rate")
    np.testing.assert_allclose(found.loss[:, 0], [NAN, 7 / 3, 7, NAN, math.inf])
    np.testing.assert_allclose(found.rate[:, 0], [NAN, 0.1, 0.01, 0.01, 0.01])
    without = rates_of({"accuracy": logged((0, 1.0))}, [0, 10])
    assert (without.loss_tag, without.rate_tag) == (None, None)
    assert np.isnan(without.loss).all()
