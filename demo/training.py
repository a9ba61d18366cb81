"""The training loop: an ordinary one, with the calls that log it."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.tensorboard.summary import hparams
from tqdm import tqdm

from tensorboard_plugin_deeptracker import Causes, SummaryWriter, Tracker

from .datasets import Dataset, Split
from .models import Network

# Training images that are shown at most: more take a while to encode.
_SHOWN = 5_000
BATCH = 64
# A frame of the map at one in so many of the dumps: each takes the viewer a while to lay out.
_FRAME = 4
# Images that are evaluated at once: what the layers make of more of them does not stay in a cache.
_AT_ONCE = 100
# Each anomaly is tried a little while somebody waits: the same ones each time, on any machine.
_CAUSES = Causes(budget=None, images=300, evaluations=7_000)
# Where in the training the learning rate drops, and to what part of what it was.
STAGES = (0.4, 0.7, 0.9)
DROP = 0.3


def train(
    dataset: Dataset,
    network: Network,
    writer: SummaryWriter,
    *,
    epochs: int,
    dumps: int,
    learning_rate: float,
) -> float:
    """Trains the network in four stages of falling learning rate, and logs it.

    Args:
        dataset: What to learn, and what to be judged by.
        network: Trained in place.
        writer: Gets weights and predictions, and loss, errors and learning rate as scalars.
        epochs: Passes over the training images.
        dumps: Log at least so often, or at every iteration if there are fewer.
        learning_rate: Of the first stage.

    Returns:
        The share of validation images that are wrong in the end, 0 to 1.
    """
    model, prepare = network
    steps = epochs * _batches_an_epoch(dataset.train)
    every = max(1, steps // dumps)
    optimizer = torch.optim.SGD(model.parameters(), learning_rate, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.MultiStepLR(
        optimizer, [round(share * steps) for share in STAGES], DROP
    )
    error = 1.0
    losses: list[float] = []
    train_errors: list[float] = []

    tracker = Tracker(
        writer,
        model,
        DataLoader(TensorDataset(dataset.validation.images, dataset.validation.labels), _AT_ONCE),
        every,
        class_names=dataset.class_names,
        images=dataset.validation.images,
        predict=lambda model, images: model(prepare(images)),
        causes=_CAUSES,
        on_sign=False,
    )
    pictures = dataset.train.images if len(dataset.train.labels) <= _SHOWN else None
    writer.add_image_set("train", dataset.train.labels, dataset.class_names, pictures)
    seen: list[tuple[Tensor, Tensor]] = []
    progress = tqdm(_batches(dataset.train, epochs), desc="Training", total=steps, unit=" steps")
    for step, (chosen, images, labels) in enumerate(progress):
        outputs = model(prepare(images))
        labels = labels.to(outputs.device)
        loss = functional.cross_entropy(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

        # What the training computes of its images anyway.
        seen.append((chosen, outputs.detach()))
        if len(seen) == _batches_an_epoch(dataset.train):
            ids, scores = map(torch.cat, zip(*seen, strict=True))
            writer.add_predictions(None, step, scores, "train", ids=ids)
            seen.clear()

        losses.append(loss.item())
        train_errors.append((outputs.argmax(1) != labels).float().mean().item())
        if step % every == 0 or step == steps - 1:
            tracker.log(step)
            error = tracker.error
            if step % (_FRAME * every) == 0 or step == steps - 1:
                scores, features = evaluate(network, dataset.validation.images)
                if features is not None:
                    writer.add_representations(features, step, scores)
            writer.add_scalar("loss/train", fmean(losses), step)
            writer.add_scalar("error/train", fmean(train_errors), step)
            writer.add_scalar("error/validation", error, step)
            writer.add_scalar("learning_rate", schedule.get_last_lr()[0], step)
            losses.clear()
            train_errors.clear()
            progress.set_postfix_str(f"validation error {error:.1%}", refresh=False)
        schedule.step()
    return error


def log_once(dataset: Dataset, network: Network, writer: SummaryWriter, epochs: int) -> None:
    """Logs a network as if its training had ended there, and not what was before.

    Args:
        dataset: What it is judged by.
        network: The network.
        writer: Gets its weights and predictions.
        epochs: Passes over the training images that have made it.
    """
    step = epochs * _batches_an_epoch(dataset.train) - 1
    shown = dataset.validation
    writer.add_model(network.module, network.prepare(shown.images[:2]))
    writer.add_validation_set(shown.labels, dataset.class_names, shown.images)
    scores, features = evaluate(network, shown.images)
    writer.add_weights(network.module, step)
    writer.add_predictions(None, step, scores)
    if features is not None:
        writer.add_representations(features, step, scores)


def log_hparams(writer: SummaryWriter, values: dict[str, float]) -> None:
    """Logs hyperparameters for TensorBoard's HParams, in the run's own event file.

    `writer.add_hparams` would make another run of them.
    """
    for summary in hparams(values, {}):
        writer._get_file_writer().add_summary(summary)


def evaluate(network: Network, images: Tensor) -> tuple[Tensor, Tensor | None]:
    """What the network says of each image, and how it sees them.

    Returns:
        Logits, float32[images, classes]; and what its last linear layer makes them from,
        float32[images, dimensions], or None if it has no such layer. On the CPU.
    """
    model, prepare = network
    seen: list[Tensor] = []
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)][-1:]
    hooks = [
        module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        for module in linear
    ]
    model.eval()
    with torch.inference_mode():
        scores = torch.cat([model(prepare(batch)) for batch in images.split(_AT_ONCE)]).cpu()
    model.train()
    for hook in hooks:
        hook.remove()
    return scores, torch.cat(seen).flatten(1).cpu() if seen else None


def _batches(split: Split, epochs: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yields which images, these and their labels, in a new random order every epoch."""
    for _ in range(epochs):
        order = torch.randperm(len(split.labels))
        for chosen in order.split(BATCH)[: _batches_an_epoch(split)]:
            yield chosen, _shift(split.images[chosen]), split.labels[chosen]


def _shift(images: Tensor) -> Tensor:
    """Moves each image a little at random, as He et al. do, by at most an eighth of its side.

    Without it a network soon knows the training images by heart, and nothing moves any more.
    """
    count, _, height, width = images.shape
    padded = functional.pad(images, (width // 8, width // 8, height // 8, height // 8))
    rows = torch.randint(2 * (height // 8) + 1, (count, 1)) + torch.arange(height)
    columns = torch.randint(2 * (width // 8) + 1, (count, 1)) + torch.arange(width)
    image = torch.arange(count)[:, None, None]
    return padded[image, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _batches_an_epoch(split: Split) -> int:
    # A last batch of a few images would make batch normalisation jump.
    return max(1, len(split.labels) // BATCH)
