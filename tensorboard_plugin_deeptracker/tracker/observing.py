"""The images of a training, as its own forward passes see them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ..features.images.log import labels_in
from ..summary.distributed import Mailbox, is_first
from ..summary.evaluation import scores_of
from ..summary.scores import are_probabilities, score_rows
from ..writer import SummaryWriter
from .batches import read_ids, read_labels, refuse_mixed
from .collecting import Collector, Seen
from .epochs import Epochs
from .training_set import TrainingSet
from .with_ids import WithIds, dataset_of

# Seconds that rank 0 waits, when it closes, for what others have seen.
_PATIENCE = 30.0


@dataclass
class _Epoch:
    """An epoch that is over.

    Attributes:
        number: From 0 on.
        seen: What was seen in it.
        batches: How many there were, from the first one on.
        last: The iteration that was known when it ended.
        iteration: The one that it is logged at; None if that is the next one to be told.
    """

    number: int
    seen: Future[Seen]
    batches: int
    last: int | None
    iteration: int | None


class Observer:
    """Logs the image set "train" each time that its images have been seen.

    Args:
        writer: Where to.
        loader: The training's; None if it is not known.
        every: Log every so many batches; None for once an epoch.
        class_names: See `Tracker`.
        other: A dataset that is not the training's.

    Raises:
        ValueError: It is not known how long an epoch is.
    """

    def __init__(
        self,
        writer: SummaryWriter,
        loader: Any,
        every: int | None,
        class_names: Sequence[str] | None,
        other: Any,
    ) -> None:
        dataset = dataset_of(loader, other)
        batches = _length(loader) if every is None else every
        if batches is None and dataset is None:
            raise ValueError(
                "it is not known how many images an epoch has: make the training's loader of"
                " WithIds(dataset), or say Tracker(training_loader=loader), or"
                " Tracker(observe_every=batches)"
            )
        self._writer = writer
        self._dataset = dataset
        self._mailbox = Mailbox("observed")
        processes = self._mailbox.processes
        share = None if dataset is None else -(-len(dataset) // processes)
        self._epochs = Epochs(share, batches, repeats=processes == 1)
        self._set = TrainingSet(writer, dataset, class_names)
        self._collector: Collector | None = None
        self._waiting: deque[_Epoch] = deque()
        self._batches = self._ended = 0
        # The iteration that was known at the last batch, and whether each is told after its batch.
        self._last: int | None = None
        self._told_after = False
        # Whether the labels are the dataset's.
        self._known = False

    def observe(self, ids: Any, outputs: Any, labels: Any, iteration: int | None) -> None:
        """See `Tracker.observe`.

        Args:
            ids: See there.
            outputs: See there.
            labels: See there.
            iteration: The last one that is known.

        Raises:
            ValueError: See there.
        """
        scores = score_rows(scores_of(outputs), "outputs")
        names = read_ids(ids, len(scores))
        own = None if labels is None else read_labels(labels, len(scores))
        if self._collector is None:
            self._told_after = iteration is None
            if own is not None:
                refuse_mixed(own)
            known = labels_in(self._dataset) if self._dataset is not None else None
            if known is None and own is None:
                raise ValueError(_no_labels(self._dataset))
            self._set.begin(known, scores.shape[1], are_probabilities(scores))
            self._known = own is None
            self._collector = Collector(known if own is None else None)
            self._writer.before_close.append(self.close)
        if own is None and not self._known:
            raise ValueError("labels were given before, and must be given with each batch")
        on_host = names.numpy() if names.device.type == "cpu" else None
        if self._epochs.ended(on_host):
            self._end(iteration if self._told_after else self._last)
            self._epochs.ended(on_host)
        self._collector.add(names, scores, own)
        self._batches += 1
        self._last = iteration
        if self._epochs.count(len(scores)):
            self._end(None if self._told_after else iteration)
        if self._waiting:
            self.log(None)

    def log(self, iteration: int | None) -> None:
        """Logs the epochs that are ready.

        Args:
            iteration: The one that is done, if it is told now.
        """
        for epoch in self._waiting:
            if epoch.iteration is None:
                epoch.iteration = iteration
        while self._waiting:
            epoch = self._waiting[0]
            if epoch.iteration is None or not epoch.seen.done():
                return
            others = self._mailbox.processes - 1
            if self._mailbox.rank == 0 and len(self._mailbox.received(str(epoch.number))) < others:
                return
            self._waiting.popleft()
            self._settle(epoch)

    def end(self, iteration: int | None) -> None:
        """Ends an epoch, where the caller knows that it does.

        Args:
            iteration: Its last one.
        """
        if self._collector is not None and self._epochs.begun:
            self._end(iteration)
            self.log(None)

    def close(self) -> None:
        """Logs what is left: epochs that wait for others, and one that was cut off."""
        if self._collector is None:
            return
        if self._epochs.begun:
            self._end(None)
        collector, self._collector = self._collector, None
        for epoch in self._waiting:
            if epoch.iteration is None:
                told = epoch.batches - 1 if epoch.last is None else epoch.last
                epoch.iteration = told + int(self._told_after and epoch.last is not None)
        if self._mailbox.rank == 0:
            self._await_others()
        while self._waiting:
            self._settle(self._waiting.popleft())
        self._mailbox.send("closed", self._ended)
        collector.close()

    def _end(self, iteration: int | None) -> None:
        assert self._collector is not None
        epoch = _Epoch(self._ended, self._collector.finish(), self._batches, self._last, iteration)
        self._waiting.append(epoch)
        self._ended += 1
        self._epochs.restart()

    def _settle(self, epoch: _Epoch) -> None:
        """Logs an epoch, or sends it to the process that logs."""
        seen = epoch.seen.result()
        if self._mailbox.rank:
            self._mailbox.send(str(epoch.number), seen)
        elif is_first():
            others = self._mailbox.received(str(epoch.number))
            parts = [seen, *(self._mailbox.take(str(epoch.number), rank) for rank in others)]
            assert epoch.iteration is not None
            self._set.log(Seen.of_all(parts), epoch.iteration)

    def _await_others(self) -> None:
        missing = self._mailbox.await_all("closed", _PATIENCE)
        if missing:
            self._writer._warn(
                f"{missing} of {self._mailbox.processes} processes have not closed their writer:"
                " the images of the training that only they have seen are missing in its last"
                " epochs. Close it in every process."
            )


def _no_labels(dataset: Any) -> str:
    if dataset is None:
        return (
            "the labels of these images are not known: pass them, as tracker.observe(ids, outputs,"
            " labels), or make the training's loader of WithIds(dataset)"
        )
    inner = dataset.dataset if isinstance(dataset, WithIds) else dataset
    return (
        f"the labels of the {type(inner).__name__} cannot be had without reading every image, or"
        " are changed when they are read: pass them, as tracker.observe(ids, outputs, labels)"
    )


def _length(loader: Any) -> int | None:
    try:
        return None if loader is None else len(loader)
    except TypeError:
        return None
