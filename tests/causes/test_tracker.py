"""A tracker that tries, where classes flip, which filters did it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from tensorboard_plugin_deeptracker import Causes, SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.causes import Draws, Watch
from tensorboard_plugin_deeptracker.features.causes.compute import experiments, findings
from tensorboard_plugin_deeptracker.summary.evaluation import evaluate
from tests.logs import open_run

from .networks import images, loader, trained

PLANTED = [1, 4, 6]
FEW = Draws(20, 20)


pytestmark = pytest.mark.filterwarnings("ignore:Images with values outside")


def train(run: Path, causes: Causes | None, **options: Any) -> dict[str, Tensor]:
    """A training in which three filters of a layer are spoilt at one step."""
    model = trained("residual")
    optimizer = torch.optim.SGD(model.parameters(), 1e-4)
    generator = torch.Generator().manual_seed(2)
    with SummaryWriter(str(run)) as writer:
        tracker = Tracker(writer, model, loader(), 1, causes=causes, **options)
        batches = DataLoader(images(), 48, shuffle=True, generator=generator)
        for step, (pixels, labels) in enumerate(batch for _ in range(5) for batch in batches):
            optimizer.zero_grad()
            functional.cross_entropy(model(pixels), labels).backward()
            optimizer.step()
            if step == 6:
                model.double().float()  # Gives it other buffers.
                with torch.no_grad():
                    model.get_parameter("conv1.weight")[PLANTED] *= -4
            tracker.step(step)
    return model.state_dict()


@pytest.mark.parametrize(
    "options", [{}, {"autocast": torch.bfloat16, "keep_inputs": 10**6}], ids=["plain", "half"]
)
def test_it_finds_the_filters_that_were_moved_and_changes_nothing(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with_causes = train(tmp_path / "with", Causes(budget=1000, share=0.3, draws=FEW), **options)
    without = train(tmp_path / "without", None)
    assert all(torch.equal(each, without[name]) for name, each in with_causes.items())
    snapshot = open_run(tmp_path / "with").snapshot
    tried = dict(experiments(snapshot, "validation"))
    assert 6 in tried
    assert tried[6].since == 5
    rows = [each for each in findings(snapshot, "validation") if each.step == 6]
    together = next(each for each in rows if each.effect.name == "most moved")
    assert together.effect.filters["conv1"].tolist() == PLANTED
    assert (together.kind, together.effect.how) == (None, "put_back")
    assert together.measured.changed > 0.8 * together.measured.images
    assert together.measured.p < 0.05
    others = [each for each in rows if "conv1" not in each.effect.filters and each.kind is None]
    assert all(each.measured.changed < together.measured.changed / 2 for each in others)


def test_without_a_budget_all_moments_are_tried_alike_at_any_speed() -> None:
    def found(seconds: float) -> list[Any]:
        now = [0.0]

        def clock() -> float:
            now[0] += seconds
            return now[0]

        causes = Causes(budget=None, share=0.3, evaluations=6000, draws=FEW)
        watch = Watch(causes, None, None, clock)
        model = trained("residual")
        moments = []
        for step in range(4):
            if step:
                with torch.no_grad():
                    model.get_parameter("conv1.weight")[PLANTED] *= -4
            tried = watch.after(model, loader(), step, evaluate(model, loader()), seconds)
            if tried:
                given = tried.allotment
                assert given is not None
                effects = [(each.name, each.chance.tolist()) for each in tried.effects]
                moments.append((given.flips, given.groups, given.draws, effects))
        assert watch.passed == 0
        return moments

    slow, fast = found(100.0), found(1e-6)
    assert slow == fast
    assert len(slow) == 2
    assert all(effects for *_, effects in slow)


def test_a_model_in_another_precision_is_not_put_back() -> None:
    watch = Watch(Causes(budget=None, share=0.3, evaluations=6000, draws=FEW), None, None)
    model = trained("residual")
    assert watch.after(model, loader(), 0, evaluate(model, loader()), 1.0) is None
    with torch.no_grad():
        model.get_parameter("conv1.weight")[PLANTED] *= -4
    model.bfloat16()

    def predict(model: nn.Module, pixels: Tensor) -> Tensor:
        scores: Tensor = model(pixels.bfloat16())
        return scores

    assert watch.after(model, loader(), 1, evaluate(model, loader(), predict), 1.0) is None


def test_it_keeps_to_its_share_of_the_time() -> None:
    now = [0.0]
    watch = Watch(
        Causes(budget=0.1, share=0.3, evaluations=99_999, draws=FEW), None, None, lambda: now[0]
    )
    model = trained("residual")

    def look(step: int) -> Any:
        return watch.after(model, loader(), step, evaluate(model, loader()), 1.0)

    def spoil() -> None:
        with torch.no_grad():
            model.get_parameter("conv1.weight")[PLANTED] *= -4

    assert look(0) is None
    spoil()
    now[0] = 5.0
    # An evaluation takes a second, as far as it knows; of a tenth of six, a moment gets half.
    passed = look(1)
    assert (passed.since, passed.effects, watch.passed) == (0, [], 1)
    given = passed.allotment
    assert (given.allowed, given.groups, given.draws) == (pytest.approx(0.3), 0, 0)
    # The most moved filters on all images, and as many by chance on those that flipped.
    assert given.planned == pytest.approx((96 + 20 * given.flips) / 96)
    spoil()
    now[0] = 1e6
    found = look(2)
    assert found is not None
    assert (found.since, watch.passed) == (1, 1)
    given = found.allotment
    assert given.allowed == pytest.approx(99_999 / 96)
    assert given.allowed > given.planned
    # Each layer; the most moved filters and those of three layers, in both directions.
    assert (given.groups, given.draws) == (4 + 2 * (1 + 3), 20)
    evaluations = sum(96 + len(each.chance) * each.images.sum() for each in found.effects)
    assert evaluations / 96 <= given.planned
    assert len(found.effects) <= given.groups
    assert {len(each.chance) for each in found.effects} <= {0, 20}
    assert look(3) is None
    assert watch.passed == 1


def test_what_fails_ends_no_training(tmp_path: Path) -> None:
    model = trained("residual")

    def predict(model: nn.Module, pixels: Tensor) -> Any:
        if len(pixels) < 10:  # As only experiments have them.
            raise RuntimeError("out of luck")
        return model(pixels)

    with SummaryWriter(str(tmp_path)) as writer:
        tracker = Tracker(writer, model, loader(), 1, predict=predict, causes=Causes(1000, 0.3))
        tracker.step(0)
        with torch.no_grad():
            model.get_parameter("conv1.weight")[PLANTED] *= -4
        state = {name: each.clone() for name, each in model.state_dict().items()}
        with pytest.warns(RuntimeWarning, match="could not log all of step 1.*out of luck"):
            tracker.step(1)
        assert all(torch.equal(each, state[name]) for name, each in model.state_dict().items())
        tracker.step(2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 0}, "budget must be a share above 0"),
        ({"evaluations": 0}, "evaluations must be a number above 0"),
        ({"share": 2}, "share must be a share above 0"),
        ({"images": 10}, "images must be a whole number of at least 100, got 10"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Causes(**options)


def test_a_tracker_refuses_what_it_cannot_try_on(tmp_path: Path) -> None:
    model = trained("residual", 1)
    with SummaryWriter(str(tmp_path)) as writer:
        with pytest.raises(ValueError, match=r"must be .*Causes\(\.\.\.\).*not bool"):
            Tracker(writer, model, loader(), causes=True)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="needs a validation_loader"):
            Tracker(writer, model, None, causes=Causes())
