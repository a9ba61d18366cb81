"""The callback in Lightning's own `Trainer`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.fabric import Fabric
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tensorboard_plugin_deeptracker.integrations.lightning import DeepTrackerCallback

from ..features.map.reference import same_neighbours
from ..features.map.test_log import read
from ..summary.reading import Logged, read_log, tensorboard_events
from .problem import ALL, NAMES, TRAINING, Digits, network, predictions, random_state, seed

VALIDATION = Digits(TRAINING, ALL)
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:lightning", "ignore::FutureWarning")


class Classifier(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.network = network()

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.network(x)
        return scores

    def training_step(self, batch: list[Tensor], _: int) -> Tensor:
        loss = nn.functional.cross_entropy(self(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def validation_step(self, batch: list[Tensor], _: int) -> None:
        self.log("error", (self(batch[0]).argmax(1) != batch[1]).float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1, momentum=0.9)


def trainer(directory: Path, *callbacks: DeepTrackerCallback, **options: Any) -> Trainer:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    settings = {
        "accelerator": "cpu",
        "callbacks": list(callbacks),
        "default_root_dir": directory,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "enable_progress_bar": False,
        "logger": TensorBoardLogger(directory, name=None, version="run"),
        "log_every_n_steps": 1,
        "max_epochs": 2,
    }
    return Trainer(**{**settings, **options})


def fit(trainer: Trainer, batch_size: int = 32, **options: Any) -> Classifier:
    seed()
    module = Classifier()
    training = DataLoader(Digits(0, TRAINING, noise=0.1), batch_size=batch_size, shuffle=True)
    trainer.fit(module, training, DataLoader(VALIDATION, batch_size=10), **options)
    return module


def test_training_is_the_same_and_in_one_run_with_the_loggers(tmp_path: Path) -> None:
    callback = DeepTrackerCallback(every=3, class_names=NAMES, representations=True)
    states = []
    for directory, callbacks in (tmp_path / "without", []), (tmp_path / "with", [callback]):
        module = fit(trainer(directory, *callbacks))
        modes = [each.training for each in module.modules()]
        states.append((module.state_dict(), modes, random_state()))
    torch.testing.assert_close(*states, rtol=0, atol=0)
    run = tmp_path / "with" / "run"
    logged = read_log(run)
    assert sorted(logged.filters) == sorted(logged.predicted) == [0, 3, 6, 9, 12, 15, 16]
    assert [layer.name for layer in logged.model.layers] == ["network.0", "network.7"]
    assert (logged.measure("gradient_norm", 3) > 0).all()
    assert len(logged.images) == len(VALIDATION)
    assert logged.predicted[16].tolist() == [
        predictions(module, VALIDATION)[int(i)] for i in logged.validation_sets[0].ids
    ]
    images = torch.stack([VALIDATION[int(i)][0] for i in logged.validation_sets[0].ids])
    with torch.no_grad():
        features = module.network.eval()[:-1](images)
    assert same_neighbours(read(run)[-1].neighbours, features.numpy())
    assert len(list(run.glob("*tfevents*"))) == 1
    tags = {value.tag for event in tensorboard_events(run) for value in event.summary.value}
    assert {"deeptracker", "loss", "error"} <= tags


def test_about_seven_dumps_an_epoch_of_optimizer_steps(tmp_path: Path) -> None:
    fit(
        trainer(tmp_path, DeepTrackerCallback(), accumulate_grad_batches=2, max_epochs=1),
        batch_size=4,
    )
    steps = sorted(read_log(tmp_path / "run").filters)
    assert steps == [0, 5, 10, 15, 20, 25, 30, 32]


def test_other_loggers_other_loaders_and_resuming(tmp_path: Path) -> None:
    loader = DataLoader(Digits(TRAINING, TRAINING + 20), batch_size=10)
    options = {
        "logger": CSVLogger(tmp_path, name=None, version="run"),
        "enable_checkpointing": True,
        "limit_val_batches": 0,
    }
    first = trainer(tmp_path, DeepTrackerCallback(4, loader), max_epochs=1, **options)
    fit(first)
    first.save_checkpoint(tmp_path / "checkpoint")
    directory = tmp_path / "run" / "deeptracker"
    logged = read_log(directory)
    assert sorted(logged.predicted) == [0, 4, 8]
    assert len(logged.predicted[8]) == 20
    resumed = trainer(tmp_path, DeepTrackerCallback(4, loader), **options)
    for path in directory.rglob("*.deeptracker"):
        path.unlink()
    fit(resumed, ckpt_path=tmp_path / "checkpoint", weights_only=False)
    logged = read_log(directory)
    assert logged.session.purge_step == 8
    assert sorted(logged.predicted) == [8, 12, 16]


def test_without_a_validation_loader(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="just one validation loader"):
        fit(trainer(tmp_path, DeepTrackerCallback(), limit_val_batches=0))


def test_a_list_of_one_validation_loader(tmp_path: Path) -> None:
    training = DataLoader(Digits(0, 32), batch_size=32)
    validation = [DataLoader(VALIDATION, batch_size=10)]
    fitting = trainer(tmp_path, DeepTrackerCallback(every=1), max_epochs=1)
    fitting.fit(Classifier(), training, validation)
    assert len(read_log(tmp_path / "run").predicted[1]) == len(VALIDATION)


def test_a_training_that_fails_before_it_begins_says_why(tmp_path: Path) -> None:
    class Failing(Classifier):
        def setup(self, stage: str) -> None:  # noqa: ARG002
            raise RuntimeError("not yet")

    with pytest.raises(RuntimeError, match="not yet"):
        trainer(tmp_path, DeepTrackerCallback()).fit(Failing(), DataLoader(Digits(0, 32)))


class Shifted(Classifier):
    """Batches are made ready by hooks: doubled before they move, moved, shifted after."""

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:  # noqa: ARG002
        return [2 * batch[0], *batch[1:]]

    def transfer_batch_to_device(self, batch: Any, device: Any, dataloader_idx: int) -> Any:
        self.transferred = True
        return super().transfer_batch_to_device(batch, device, dataloader_idx)

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:  # noqa: ARG002
        if self.trainer.training:
            return [torch.zeros_like(batch[0]), *batch[1:]]
        return [batch[0] - 1, *batch[1:]]


class Output(dict[str, Tensor]):
    @property
    def logits(self) -> Tensor:
        return self["logits"]


FORMS: dict[str, Callable[[Tensor], Any]] = {
    "a tensor": lambda scores: scores,
    "a tuple": lambda scores: (scores, scores.sum()),
    "a dictionary": lambda scores: {"loss": scores.sum(), "logits": scores},
    "an output": lambda scores: Output(logits=scores),
}


def fitted(directory: Path, module: LightningModule, **options: Any) -> Logged:
    """What is logged of a training of one step."""
    callback = DeepTrackerCallback(every=1, class_names=NAMES, **options.pop("callback", {}))
    training = DataLoader(Digits(0, 32), batch_size=32)
    fitting = trainer(directory, callback, max_epochs=1, num_sanity_val_steps=0, **options)
    fitting.fit(module, training, DataLoader(VALIDATION, batch_size=10))
    return read_log(directory / "run")


@pytest.mark.parametrize("form", FORMS)
def test_what_forward_returns(tmp_path: Path, form: str) -> None:
    class Other(Shifted):
        def forward(self, x: Tensor) -> Any:
            return FORMS[form](self.network(x))

        def training_step(self, batch: Any, _: int) -> Tensor:
            return nn.functional.cross_entropy(self.network(batch[0]), batch[1])

        def validation_step(self, batch: Any, _: int) -> None: ...

    seed()
    module = Other()
    logged = fitted(tmp_path, module)
    images = Digits(TRAINING, ALL)
    images.images = 2 * images.images - 1
    assert logged.predicted[1].tolist() == [
        predictions(module.network, images)[int(i)] for i in logged.validation_sets[0].ids
    ]
    assert module.transferred


def test_half_precision_and_a_function_of_the_users(tmp_path: Path) -> None:
    kinds = set()

    def predict(model: nn.Module, x: Tensor) -> Tensor:
        scores = model(x)
        kinds.add((x.dtype, scores.dtype))
        answer: Tensor = -scores.float()
        return answer

    logged = fitted(tmp_path, Classifier(), precision="bf16-true", callback={"predict": predict})
    assert kinds == {(torch.bfloat16, torch.bfloat16)}
    assert sorted(logged.predicted) == [0, 1]


def test_as_many_batches_as_the_trainer_validates(tmp_path: Path) -> None:
    for limit, images in (2, 20), (0.5, 20), (1.0, 44):
        logged = fitted(tmp_path / str(limit), Classifier(), limit_val_batches=limit)
        assert len(logged.predicted[1]) == images


def test_a_fast_run_for_developers_writes_nothing(tmp_path: Path) -> None:
    fast = trainer(tmp_path, DeepTrackerCallback(), fast_dev_run=True)
    fit(fast)
    assert not list(tmp_path.rglob("*.deeptracker"))


@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true"])
def test_fabric(tmp_path: Path, precision: Any) -> None:
    fabric = Fabric(accelerator="cpu", precision=precision)
    seed()
    model = network()
    wrapped, optimizer = fabric.setup(model, torch.optim.SGD(model.parameters(), 0.1))
    loader = fabric.setup_dataloaders(DataLoader(VALIDATION, batch_size=10))
    with SummaryWriter(tmp_path) as writer:
        tracker = Tracker(writer, wrapped, loader, every=1, class_names=NAMES)
        for step, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            fabric.backward(nn.functional.cross_entropy(wrapped(x), y))
            optimizer.step()
            tracker.step(step)
    logged = read_log(tmp_path)
    assert [layer.name for layer in logged.model.layers] == ["0", "7"]
    assert logged.model.edges == ((0, 1),)
    assert (logged.measure("gradient_norm", 1) > 0).any()
    assert len(logged.images) == len(VALIDATION)


def test_a_sign_stops_the_training_if_it_is_asked_to(tmp_path: Path) -> None:
    class Breaking(Classifier):
        def on_train_batch_start(self, *_: Any) -> None:
            if self.global_step == 2:
                list(self.network.parameters())[-2].data.fill_(torch.nan)

    callback = DeepTrackerCallback(every=1, stop_on=("not_finite",))
    # Without an end of its own.
    fitting = trainer(tmp_path, callback, max_epochs=-1)
    training = DataLoader(Digits(0, TRAINING), batch_size=32)
    fitting.fit(Breaking(), training, DataLoader(VALIDATION, batch_size=44))
    assert fitting.should_stop
    with pytest.raises(ValueError, match="no kind of signs"):
        DeepTrackerCallback(stop_on=("not_finit",))
