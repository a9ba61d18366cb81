"""The callback in Hugging Face's own `Trainer`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset
from transformers import Trainer, TrainingArguments, ViTConfig, ViTForImageClassification

from tensorboard_plugin_deeptracker import SummaryWriter
from tensorboard_plugin_deeptracker.integrations.transformers import DeepTrackerCallback
from tensorboard_plugin_deeptracker.replay.errors import MisfitError
from tensorboard_plugin_deeptracker.replay.plan import make_plan

from ..features.map.reference import same_neighbours
from ..features.map.test_log import read
from ..summary.reading import read_log, tensorboard_events
from .problem import ALL, NAMES, TRAINING, Digits, random_state, seed


class Items(Dataset[dict[str, Any]]):
    """Digits as Hugging Face's models take them."""

    def __init__(self, start: int, stop: int) -> None:
        self.digits = Digits(start, stop)

    def __len__(self) -> int:
        return len(self.digits)

    def __getitem__(self, index: int) -> dict[str, Any]:
        image, label = self.digits[index]
        return {"pixel_values": image, "labels": label}


VALIDATION = Items(TRAINING, ALL)


class Endless(IterableDataset[dict[str, Any]]):
    """The same over and over, without a length."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        items = Items(0, TRAINING)
        return (items[i % TRAINING] for i in count())


def vit() -> ViTForImageClassification:
    seed()
    return ViTForImageClassification(
        ViTConfig(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            image_size=8,
            patch_size=4,
            num_channels=1,
            hidden_dropout_prob=0.1,
            id2label=dict(enumerate(NAMES)),
        )
    )


def trainer(directory: Path, **options: Any) -> Trainer:
    settings = {
        "output_dir": str(directory),
        "disable_tqdm": True,
        "eval_strategy": "epoch",
        "logging_steps": 2,
        "num_train_epochs": 2,
        "per_device_eval_batch_size": 10,
        "per_device_train_batch_size": 32,
        "report_to": "none",
        "save_strategy": "no",
        "use_cpu": True,
    }
    arguments = TrainingArguments(**{**settings, **options})
    return Trainer(vit(), arguments, train_dataset=Items(0, TRAINING), eval_dataset=VALIDATION)


def predictions(model: Any) -> list[int]:
    model.eval()
    with torch.no_grad():
        images: list[Tensor] = [VALIDATION[i]["pixel_values"] for i in range(len(VALIDATION))]
        return [int(model(image[None]).logits.argmax()) for image in images]


def test_training_is_the_same_and_in_one_run_with_the_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENSORBOARD_LOGGING_DIR", str(tmp_path / "run"))
    states = []
    for tracked in False, True:
        training = trainer(tmp_path)
        if tracked:
            loader = training.get_eval_dataloader()
            training.add_callback(DeepTrackerCallback(loader, every=5, representations=True))
        training.train()
        model = training.model
        assert model is not None
        states.append((model.state_dict(), random_state()))
    torch.testing.assert_close(*states, rtol=0, atol=0)
    logged = read_log(tmp_path / "run")
    assert sorted(logged.filters) == sorted(logged.predicted) == [0, 5, 10, 15, 16]
    (validation_set,) = logged.validation_sets
    assert validation_set.class_names == tuple(NAMES)
    expected = predictions(model)
    assert logged.predicted[16].tolist() == [expected[int(i)] for i in validation_set.ids]
    images = torch.stack([VALIDATION[int(i)]["pixel_values"] for i in validation_set.ids])
    with torch.no_grad():
        features = cast("Any", model).vit(images).last_hidden_state[:, 0]
    assert same_neighbours(read(tmp_path / "run")[-1].neighbours, features.numpy())
    assert logged.model.layers[0].name.endswith("patch_embeddings.projection")
    assert logged.model.layers[-1].name == "classifier"
    assert logged.model.edges
    assert (logged.measure("gradient_norm", 5) > 0).all()
    assert len(logged.images) == len(VALIDATION)
    assert len(list((tmp_path / "run").glob("*tfevents*"))) == 1
    tags = {v.tag for event in tensorboard_events(tmp_path / "run") for v in event.summary.value}
    assert {"deeptracker", "train/loss", "eval/loss"} <= tags


def test_about_seven_dumps_an_epoch_of_optimizer_steps(tmp_path: Path) -> None:
    training = trainer(
        tmp_path,
        gradient_accumulation_steps=2,
        max_steps=20,
        per_device_train_batch_size=4,
    )
    with SummaryWriter(tmp_path / "mine") as writer:
        loader = training.get_eval_dataloader()
        training.add_callback(DeepTrackerCallback(loader, class_names=NAMES, writer=writer))
        training.train()
    assert sorted(read_log(tmp_path / "mine").filters) == [0, 5, 10, 15, 20]


def test_a_training_without_epochs_is_logged_at_a_fixed_interval(tmp_path: Path) -> None:
    training = trainer(tmp_path, max_steps=3, eval_strategy="no")
    training.train_dataset = Endless()
    with SummaryWriter(tmp_path / "mine") as writer:
        loader = training.get_eval_dataloader()
        training.add_callback(DeepTrackerCallback(loader, class_names=NAMES, writer=writer))
        training.train()
    assert sorted(read_log(tmp_path / "mine").filters) == [0, 3]


def test_a_sign_stops_the_training_if_it_is_asked_to(tmp_path: Path) -> None:
    fitting = trainer(tmp_path, max_steps=1_000_000, eval_strategy="no", save_strategy="no")
    assert fitting.model is not None
    weight = list(fitting.model.parameters())[-1]
    told: list[str] = []
    callback = DeepTrackerCallback(
        fitting.get_eval_dataloader(),
        every=1,
        on_sign=lambda sign: told.append(sign.kind.name),
        stop_on=("not_finite",),
    )
    fitting.add_callback(callback)
    with torch.no_grad():
        weight.fill_(torch.nan)
    fitting.train()
    assert "not_finite" in told
    assert fitting.state.global_step < 1_000_000


def test_replay_finds_the_weights_that_it_saves(tmp_path: Path) -> None:
    model = vit()
    model.save_pretrained(tmp_path / "checkpoint-5")
    torch.save(model.state_dict(), tmp_path / "own.pt")
    other = ViTForImageClassification(model.config)
    for path in (tmp_path / "checkpoint-5", tmp_path / "own.pt"):
        (planned,) = make_plan(other, [path]).checkpoints
        loaded = planned.load()
        assert loaded.keys() == model.state_dict().keys()
        for name, value in model.state_dict().items():
            assert torch.equal(loaded[name], value), name
    model.config.num_hidden_layers = 3
    with pytest.raises(MisfitError, match=r"not in the checkpoint: .*[.]2[.]"):
        make_plan(ViTForImageClassification(model.config), [tmp_path / "checkpoint-5"])
