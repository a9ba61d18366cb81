"""Two batches at a time give what one by one does, to the last bit, or are not tried."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset, default_collate

from tensorboard_plugin_deeptracker.features.validation.log import kept_of
from tensorboard_plugin_deeptracker.summary.evaluation import Evaluation, evaluate
from tensorboard_plugin_deeptracker.summary.in_pairs import InPairs
from tensorboard_plugin_deeptracker.summary.representing import Representing

from .paired import CALLED, CLASSES, FIT, SHARED, UNFIT, exact

THREADS = 4


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    CALLED.clear()
    yield
    torch.set_num_threads(before)


def images(batches: int = 5) -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(0)
    count = 4 * batches - 1
    pixels = torch.rand(count, 3, 8, 8, generator=generator).mul(8).round() / 8
    data = TensorDataset(pixels, torch.arange(count) % CLASSES)
    return DataLoader(data, 4)


def made(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(1)
    SHARED["calls"] = 0
    return make()


def state_of(model: nn.Module) -> list[Any]:
    return [
        *((name, tensor.tolist()) for name, tensor in model.state_dict().items()),
        [module.training for module in model.modules()],
        torch.get_rng_state().tolist(),
    ]


def evaluated(
    model: nn.Module, pairs: InPairs | None, loader: Iterable[Any] | None = None, **options: Any
) -> Evaluation:
    representing = options.pop("representing", None)
    return evaluate(
        model, loader or images(), keep=kept_of, representing=representing, pairs=pairs, **options
    )


def in_pairs() -> bool:
    return any(name.startswith("deeptracker-batch") for name in CALLED)


def is_same_on_half_the_threads(model: nn.Module) -> bool:
    """Whether it can be: some sums are in another order on fewer threads."""
    found = []
    for threads in (THREADS // 2, THREADS):
        torch.set_num_threads(threads)
        whole = evaluated(model, None, representing=Representing(True)).represented
        assert whole is not None
        found.append(whole)
    return all(map(torch.equal, *found))


def assert_same(found: Evaluation, expected: Evaluation) -> None:
    for name in ("ids", "labels", "predicted", "not_finite", "kept"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    assert (found.classes, found.probabilities) == (expected.classes, expected.probabilities)
    assert torch.equal(found.example, expected.example)
    assert (found.represented is None) == (expected.represented is None)
    if found.represented is not None and expected.represented is not None:
        assert all(map(torch.equal, found.represented, expected.represented))


@pytest.mark.parametrize("name", FIT)
def test_what_is_found_is_the_same(name: str) -> None:
    model = made(FIT[name])
    before = state_of(model)
    representing = Representing(True)
    expected = evaluated(model, None, representing=representing)
    pairs = InPairs()
    assert_same(evaluated(model, pairs, representing=representing), expected)
    CALLED.clear()
    found = evaluated(model, pairs, representing=representing)
    assert in_pairs() == is_same_on_half_the_threads(model)
    assert_same(found, expected)
    assert state_of(model) == before
    assert torch.get_num_threads() == THREADS


@pytest.mark.parametrize("name", UNFIT)
def test_what_could_differ_is_done_one_by_one(name: str) -> None:
    model = made(UNFIT[name])
    pairs = InPairs()
    evaluated(model, pairs)
    CALLED.clear()
    evaluated(model, pairs)
    assert set(CALLED) == {"MainThread"}


def test_it_is_proved_once() -> None:
    """Other weights, as those of the next checkpoint, are evaluated so at once."""
    model, pairs = made(exact), InPairs()
    evaluated(model, pairs)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(-1.5)
    assert_same(evaluated(model, pairs), evaluated(model, None))
    CALLED.clear()
    evaluated(model, pairs)
    assert len(CALLED) == 5
    assert in_pairs()


def test_scores_that_are_not_finite_are_no_difference() -> None:
    model, pairs = nn.Sequential(made(exact), nn.Threshold(0, np.nan)), InPairs()
    expected = evaluated(model, pairs)
    assert expected.not_finite.any()
    CALLED.clear()
    assert_same(evaluated(model, pairs), expected)
    assert in_pairs()


@pytest.mark.parametrize("what", ["predict", "representations", "threads", "autocast", "a hook"])
def test_what_the_caller_does_is_not_divided(what: str) -> None:
    model, pairs = made(exact), InPairs()
    options: dict[str, Any] = {}
    if what == "predict":
        options["predict"] = lambda model, inputs: model(inputs)
    elif what == "representations":
        options["representing"] = Representing(lambda _, inputs: inputs.flatten(1))
    else:
        evaluated(model, pairs)
    if what == "threads":
        torch.set_num_threads(1)
    elif what == "a hook":
        model.register_forward_hook(lambda *_: None)
    for _ in range(2):
        CALLED.clear()
        with torch.autocast("cpu", enabled=what == "autocast"):
            evaluated(model, pairs, **options)
        assert not in_pairs()


class Failing(nn.Module):
    """Fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.exact = exact()
        self.fails = False

    def forward(self, x: Tensor) -> Any:
        if self.fails:
            raise ArithmeticError("no number")
        return self.exact(x)


class Stopping(Dataset[Any]):
    """Ends in its midst."""

    def __init__(self) -> None:
        self.all = images().dataset
        self.error: BaseException | None = None

    def __len__(self) -> int:
        return 19

    def __getitem__(self, index: int) -> Any:
        if index == 12 and self.error is not None:
            raise self.error
        return self.all[index]


@pytest.mark.parametrize("error", [ArithmeticError(), OSError("gone"), KeyboardInterrupt()])
def test_what_fails_fails_as_one_by_one_and_leaves_nothing(error: BaseException) -> None:
    model, pairs, data = Failing(), InPairs(), Stopping()
    loader = DataLoader(data, 4)
    expected = evaluated(model, pairs, loader)
    alive = threading.active_count()
    CALLED.clear()
    if isinstance(error, ArithmeticError):
        model.fails = True
    else:
        data.error = error
    with pytest.raises(type(error)):
        evaluated(model, pairs, loader)
    assert model.fails or in_pairs()
    assert torch.get_num_threads() == THREADS
    assert threading.active_count() == alive
    started: list[int] = []
    other = threading.Thread(target=lambda: started.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert started == [THREADS]
    model.fails, data.error = False, None
    assert_same(evaluated(model, pairs, loader), expected)


def test_threads_end_before_the_model_is_put_back() -> None:
    """Also when what is made of the scores is what fails."""
    model, pairs, loader = made(exact), InPairs(), images(40)
    alive, calls = threading.active_count(), 0

    def keep(scores: Tensor, _: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return scores

    calls = 2
    evaluate(model, loader, keep=keep, pairs=pairs)
    calls = 0
    CALLED.clear()
    with pytest.raises(KeyboardInterrupt) as error:
        evaluate(model, loader, keep=keep, pairs=pairs)
    assert in_pairs()
    assert error.traceback  # What holds all frames.
    assert threading.active_count() == alive
    assert torch.get_num_threads() == THREADS


def test_a_loader_that_hands_out_one_buffer_is_read_one_by_one() -> None:
    """What waits would be overwritten."""

    buffer = torch.zeros(4, 3, 8, 8)

    def collate(rows: list[Any]) -> Any:
        x, y = default_collate(rows)
        buffer[: len(x)] = x
        return buffer[: len(x)], y

    loader = DataLoader(images().dataset, 4, collate_fn=collate)
    model, pairs = made(exact), InPairs()
    expected = evaluated(model, None)
    for _ in range(2):
        found = evaluated(model, pairs, loader)
        np.testing.assert_array_equal(found.kept, expected.kept)
        CALLED.clear()
    evaluated(model, pairs, loader)
    assert not in_pairs()


def test_few_batches_are_read_ahead() -> None:
    read: list[int] = []

    def collate(rows: list[Any]) -> Any:
        read.append(len(read) - len(CALLED))
        return default_collate(rows)

    loader = DataLoader(images(12).dataset, 4, collate_fn=collate)
    model, pairs = made(exact), InPairs()
    evaluated(model, pairs, loader)
    read.clear()
    CALLED.clear()
    evaluated(model, pairs, loader)
    assert in_pairs()
    assert len(read) == 12
    assert max(read) <= 2


def test_a_loader_of_ones_own_is_read_one_by_one() -> None:
    model, pairs = made(exact), InPairs()
    for _ in range(3):
        evaluated(model, pairs, list(images()))
    assert not in_pairs()


def test_a_class_that_is_none_is_no_score_that_is_not_finite() -> None:
    def undecided(model: nn.Module, inputs: Tensor) -> Tensor:
        classes: Tensor = model(inputs).argmax(1)
        classes[0] = -1
        return classes

    found = evaluated(made(exact), None, predict=undecided)
    assert (found.predicted == -1).sum() == 5
    assert not found.not_finite.any()
