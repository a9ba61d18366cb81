"""`log_checkpoints`: evaluates checkpoints in order, and logs them as a training would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from ..features.images.records import VALIDATION
from ..reader.errors import LogError, QuestionError
from ..reader.run import open_run
from ..summary.evaluation import Predict
from ..summary.representing import Representing, Source
from ..tracker import Tracker
from ..tracker.checks import check
from ..tracker.evaluated import Evaluated
from ..writer import SummaryWriter
from .errors import CheckpointError, DamagedError
from .plan import Checkpoints, Plan, Planned, make_plan

Progress: TypeAlias = Callable[[int, int, Planned], object]
# Bytes of an image set's inputs that are kept from one checkpoint to the next.
INPUTS = 500_000_000


@dataclass
class Replayed:
    """What was done.

    Attributes:
        steps: The iterations that were logged now.
        way: How the iterations are known, in words.
        skipped: Checkpoints that were left out, and why.
        already: The iterations that an earlier replay had logged.
    """

    steps: list[int] = field(default_factory=list)
    way: str = ""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    already: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{len(self.steps)} checkpoints logged; iterations by {self.way}"]
        if self.already:
            lines.append(f"{len(self.already)} were logged before")
        lines += [f"skipped {name}: {reason}" for name, reason in self.skipped]
        return "\n".join(lines)


def log_checkpoints(
    writer: SummaryWriter,
    model: nn.Module,
    checkpoints: Checkpoints,
    loader: Iterable[Any] | Mapping[str, Iterable[Any]] | None,
    *,
    ema: bool = False,
    prefix: str | None = None,
    class_names: Sequence[str] | None = None,
    images: Any = None,
    predict: Predict | None = None,
    ignore_label: int | None = None,
    images_at_most: int | None = None,
    keep_inputs: int | None = INPUTS,
    representations: Source = True,
    progress: Progress | None = None,
) -> Replayed:
    """Makes a run of the checkpoints that a training has left.

    The run has all that a `Tracker` logs, but gradients. The weights are found wherever a
    checkpoint has them (a state dict, a whole checkpoint of Lightning, timm, MMEngine, fastai or
    Ultralytics, a directory of Hugging Face's or of torch.distributed.checkpoint), under whatever
    wrappers' prefixes. They are read with `weights_only=True`: no code of a checkpoint is run.

    All checkpoints are looked at before the first is evaluated. One that is not there, is damaged,
    or is of an iteration that another is of, is left out and named; one of another model is
    refused. What the run has already is not done again, so that a replay that was interrupted goes
    on. No more than two checkpoints are in memory, the next one is read meanwhile. Afterwards the
    model has the weights of the last.

    Example:
        ```python
        with SummaryWriter("runs/resnet18") as writer:
            print(log_checkpoints(writer, model, "checkpoints/*.pt", validation_loader))
        ```

    Args:
        writer: Where to log, a new one.
        model: What the checkpoints are of; where it is, they are evaluated.
        checkpoints: A pattern like "checkpoints/*.pt"; or paths or state dicts, each by itself or
            with its iteration, as (iteration, path or state dict) or in a mapping from iterations.
            Without, the iteration is what they say, else what is in their names, else their place
            in natural order.
        loader: Yields the images, as for `Tracker`; None to log weights alone. Several image sets
            as {"validation": loader, "train": loader}.
        ema: Take the averaged weights (EMA).
        prefix: What the weights' names begin with, where several fit.
        class_names: See `Tracker`; of several image sets, the names are those of all.
        images: See `Tracker`; of several image sets, a mapping like `loader`.
        predict: See `Tracker`.
        ignore_label: Likewise.
        images_at_most: Likewise.
        keep_inputs: Likewise, of each image set; None to read it for each checkpoint.
        representations: Likewise; False to log none.
        progress: Called before each checkpoint: how many are done, how many there are, which.

    Returns:
        What was logged, and what was left out.

    Raises:
        ValueError: Nothing can be read, a checkpoint is of another model (the names that differ are
            said), or an argument is not as it must be; then nothing is logged.
    """
    for each in [None] if loader is None else image_sets(loader).values():
        check(writer, model, each, None, predict)
    # Before anything is made of the writer: whoever is refused may try again with it.
    plan = make_plan(model, checkpoints, ema, prefix)
    return log_plan(
        writer,
        model,
        plan,
        loader,
        progress=progress,
        class_names=class_names,
        images=images,
        predict=predict,
        ignore_label=ignore_label,
        images_at_most=images_at_most,
        keep_inputs=keep_inputs,
        representations=representations,
    )


def log_plan(
    writer: SummaryWriter,
    model: nn.Module,
    plan: Plan,
    loader: Iterable[Any] | Mapping[str, Iterable[Any]] | None,
    *,
    progress: Progress | None = None,
    representations: Source = True,
    images: Any = None,
    keep_inputs: int | None = INPUTS,
    **options: Any,
) -> Replayed:
    """Does what was planned.

    Args:
        writer: See `log_checkpoints`.
        model: Likewise.
        plan: What to do.
        loader: See `log_checkpoints`.
        progress: Likewise.
        representations: Likewise.
        images: Likewise.
        keep_inputs: Likewise.
        **options: Of `Tracker`, about what is evaluated.
    """
    loaders = {} if loader is None else image_sets(loader)
    shown = images if isinstance(images, Mapping) else {VALIDATION: images}
    represented = representations if loaders else False
    tracker = Tracker(
        writer,
        model,
        loaders.get(VALIDATION),
        images=shown.get(VALIDATION),
        representations=represented,
        keep_inputs=keep_inputs,
        **options,
    )
    others = [
        Evaluated(
            *(writer, each),
            name=name,
            images=shown.get(name),
            representing=Representing(represented) if represented else None,
            keep_inputs=keep_inputs,
            **options,
        )
        for name, each in loaders.items()
        if name != VALIDATION
    ]
    done = Replayed(way=plan.way, skipped=list(plan.skipped))
    there = _logged(writer, loaders)
    done.already = [each.step for each in plan.checkpoints if each.step in there]
    before, left = _left(plan, there)
    if left and before:
        writer.resume_at(left[0].step)
    with _aside(model):
        for planned, state in _loaded([*before, *left], done):
            fill(model, state)
            del state
            if planned in before:
                writer.remember_weights(model)
                continue
            if progress is not None:
                progress(len(done.steps), len(left), planned)
            tracker.replay(planned.step)
            for each in others:
                each.log(each.evaluate(model, in_pairs=True), planned.step)
            done.steps.append(planned.step)
    if not done.steps and not done.already:
        raise CheckpointError(f"no checkpoint could be read: {done}")
    return done


def _aside(model: nn.Module) -> AbstractContextManager[Any]:
    """Leaves a CPU to the evaluations: what numpy multiplies beside them takes a quarter of it.

    On all of its cores, it would mostly wait for them, and so would the evaluations.
    """
    if any(each.device.type != "cpu" for each in model.parameters()):
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(
        max(1, torch.get_num_threads() // 4), "blas"
    )
    return limits


def image_sets(of: Any | Mapping[str, Any]) -> Mapping[str, Any]:
    """Image sets by their names.

    Raises:
        CheckpointError: None of them is the one that a run is looked at with.
    """
    named = of if isinstance(of, Mapping) else {VALIDATION: of}
    if VALIDATION not in named:
        raise CheckpointError(
            f"of the image sets {', '.join(map(repr, named))} none is called {VALIDATION!r}: call"
            " one of them so"
        )
    return named


def _logged(writer: SummaryWriter, names: Iterable[str]) -> set[int]:
    """The iterations at which the run has all that is to be logged."""
    with suppress(LogError, QuestionError):
        run = open_run(str(writer.log_dir))
        there = set(run.describe().steps["dumps"])
        for name in names:
            there &= set(run.describe(image_set=name).steps["validations"])
        return there
    return set()


def _left(plan: Plan, there: set[int]) -> tuple[list[Planned], list[Planned]]:
    """The last checkpoint of those that need not be done again, and those that are left."""
    count = 0
    while count < len(plan.checkpoints) and plan.checkpoints[count].step in there:
        count += 1
    checkpoints = list(plan.checkpoints)
    left = checkpoints[count:]
    return checkpoints[max(0, count - 1) : count] if left else [], left


def _loaded(
    checkpoints: Sequence[Planned], done: Replayed
) -> Iterator[tuple[Planned, dict[str, Tensor]]]:
    """The checkpoints' weights, each read while the one before it is evaluated."""
    with ThreadPoolExecutor(1, "deeptracker-checkpoint") as reader:
        following = [reader.submit(each.load) for each in checkpoints[:1]]
        for i, planned in enumerate(checkpoints):
            (current,) = following
            try:
                state = current.result()
            except DamagedError as error:
                done.skipped.append((planned.name, str(error).removeprefix(f"{planned.name} ")))
                state = None
            del current
            following = [reader.submit(each.load) for each in checkpoints[i + 1 : i + 2]]
            if state is not None:
                yield planned, state


def fill(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Gives a model other weights."""
    own = model.state_dict()
    with torch.no_grad():
        for name, tensor in own.items():
            if name in state:
                tensor.copy_(state[name])
