"""Validation loaders as people have them: their batches, and which images these hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    SequentialSampler,
)

from .rng import preserved_random_state

Ints = NDArray[np.int64]

# What mappings have the label under.
LABELS = ("labels", "label", "targets", "target", "cls")
# A sampler without a length that yields more indices than so many times the images never ends.
_ENDLESS = 10


def check_loader(loader: Any) -> None:
    """Refuses what cannot be read again at each evaluation.

    Raises:
        ValueError: The loader is an iterator, a dataset or no iterable; says what would be right.
    """
    kind = type(loader).__name__
    if isinstance(loader, Iterator):
        raise ValueError(
            f"validation_loader is a {kind}, which can be read only once, and it is read at each"
            " evaluation: pass what makes it, such as the DataLoader itself"
        )
    if isinstance(loader, Dataset) and not hasattr(loader, "batch_size"):
        raise ValueError(
            f"validation_loader is a dataset ({kind}): pass a DataLoader of it, as"
            " DataLoader(dataset, batch_size=256)"
        )
    if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
        raise ValueError(
            "validation_loader must yield batches (inputs, labels), as a DataLoader does, not be"
            f" a {kind}"
        )


@contextmanager
def undisturbed(loader: Any) -> Iterator[None]:
    """Leaves all that reading a loader changes as it was, read to the end or not.

    That is the random number generators, its own included, and what it and its samplers count. Of
    accelerate's loaders it is also which one is read, in a state that all of them share: by that,
    `accumulate` chooses when to step, and one that is not read to its end stays there.
    """
    samplers = (getattr(loader, name, None) for name in ("sampler", "batch_sampler"))
    counting = [each for each in (loader, *samplers) if hasattr(each, "__dict__")]
    counts = [
        (each, {name: value for name, value in vars(each).items() if type(value) in (bool, int)})
        for each in counting
    ]
    shared = getattr(loader, "gradient_state", None)
    read = getattr(shared, "dataloader_references", None)
    try:
        with preserved_random_state(loader):
            yield
    finally:
        for each, values in counts:
            for name, value in values.items():
                if vars(each).get(name) != value:
                    setattr(each, name, value)
        if shared is not None and read is not None:
            shared.dataloader_references = read


def read_batches(loader: Iterable[Any], limit: float | None = None) -> Iterator[Any]:
    """The batches of one pass, also of loaders that never end but know how long a pass is.

    Args:
        loader: Yields them.
        limit: At most so many of them, or, as a float, such a share; all if None.
    """
    return islice(loader, pass_length(loader, limit))


def pass_length(loader: Iterable[Any], limit: float | None = None) -> int | None:
    """How many batches `read_batches` reads; None if it reads what there is."""
    # Loaders without a sampler may say a length that is not theirs: only a share asks them.
    known = getattr(loader, "batch_sampler", None) is not None or isinstance(limit, float)
    length = _length(loader) if known else None
    if length is None:
        return limit if isinstance(limit, int) else None
    if isinstance(limit, float):
        return int(limit * length)
    return length if limit is None else min(limit, length)


def inputs_and_labels(batch: Any) -> tuple[Any, Any]:
    """The parts of a batch.

    Raises:
        ValueError: It is neither a tuple nor a dictionary that holds both.
    """
    if isinstance(batch, Mapping):
        name = next((name for name in LABELS if name in batch), None)
        if name is not None:
            return {key: value for key, value in batch.items() if key != name}, batch[name]
    elif isinstance(batch, tuple | list) and len(batch) > 1:
        return batch[0], batch[1]
    raise ValueError(
        "the validation loader must yield tuples (inputs, labels), or dictionaries with"
        f" 'labels', not {type(batch).__name__}"
    )


def identified(loader: Iterable[Any]) -> tuple[Iterable[Any], Ints | None]:
    """Which images a loader yields, in an order that is the same at each evaluation.

    Frameworks shuffle validation images too, where the order does not matter to them: such a
    loader is replaced by one of the same images in the dataset's order.

    Returns:
        The loader to read, and int64[images], all different: the images' positions in the dataset
        in the order in which it yields them; None if it has no sampler that says so.

    Raises:
        ValueError: The images are others each time, or the sampler never ends.
    """
    sampler = getattr(loader, "batch_sampler", None)
    dataset = getattr(loader, "dataset", None)
    if sampler is None or isinstance(dataset, IterableDataset):
        return loader, None
    if (images := _in_order(loader)) is not None:
        return loader, np.arange(images)
    dispatched = _is_dispatched(loader)
    length = None if dispatched else _length(loader)
    once, again = (_read(sampler, length, dataset) for _ in range(2))
    if once != again:
        first, second = (sorted(chain.from_iterable(each)) for each in (once, again))
        if first != second or dispatched or not isinstance(loader, DataLoader):
            raise ValueError(
                "the validation loader draws its images at random, and others each time: make it"
                " with shuffle=False"
            )
        size = max(map(len, once))
        once = [first[i : i + size] for i in range(0, len(first), size)]
        loader = of_batches(loader, once)
    if dispatched:
        once = list(_dispatched(once, loader))
    return loader, _positions(list(chain.from_iterable(once)))


def _in_order(loader: Any) -> int | None:
    """How many images a loader yields, if it plainly yields all, one after the other."""
    sampler = loader.batch_sampler
    if type(loader) is not DataLoader or type(sampler) is not BatchSampler:
        return None
    if type(sampler.sampler) is not SequentialSampler:
        return None
    images = len(sampler.sampler)
    return images - images % sampler.batch_size if sampler.drop_last else images


def of_batches(loader: DataLoader[Any], batches: list[list[Any]]) -> DataLoader[Any]:
    """A loader like another one, of these batches."""
    return DataLoader(
        loader.dataset,
        batch_sampler=batches,
        collate_fn=loader.collate_fn,
        num_workers=loader.num_workers,
        worker_init_fn=loader.worker_init_fn,
        multiprocessing_context=loader.multiprocessing_context,
        pin_memory=loader.pin_memory,
        timeout=loader.timeout,
    )


def of_positions(loader: DataLoader[Any], positions: Ints) -> DataLoader[Any]:
    """A loader like another one, of some of its images.

    Args:
        loader: Has a sampler.
        positions: int64[n], in the order in which it yields the images; they come in this order.
    """
    batches = [list(batch) for batch in read_batches(loader.batch_sampler or ())]
    indices, size = list(chain.from_iterable(batches)), max(map(len, batches))
    wanted = [indices[i] for i in positions.tolist()]
    parts = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    return of_batches(loader, parts)


def _positions(indices: list[Any]) -> Ints | None:
    """Positions in the dataset in what a sampler yields; None if it yields something else."""
    if indices and isinstance(indices[0], tuple | list):
        columns = map(_distinct, zip(*indices, strict=True))
        return next((column for column in columns if column is not None), None)
    ids = np.asarray(indices)
    return ids.astype(np.int64) if ids.dtype.kind in "iu" and ids.ndim == 1 else None


def _read(sampler: Iterable[Any], length: int | None, dataset: Any) -> list[list[Any]]:
    images = _length(dataset)
    bound = None if images is None else _ENDLESS * images + 1
    batches, count = [], 0
    for batch in islice(sampler, length):
        batches.append([index.item() if hasattr(index, "item") else index for index in batch])
        count += len(batches[-1])
        if length is None and bound is not None and count > bound:
            raise ValueError(
                "the validation loader never ends: its batch sampler has no length and goes on"
                f" after {count} indices of {images} images. Make it yield each image once, or"
                " give it a __len__"
            )
    return batches


def _distinct(column: Iterable[Any]) -> Ints | None:
    """A column of the tuples that a sampler yields, if it can be the images' positions."""
    values = np.asarray(list(column))
    if values.ndim != 1 or values.dtype.kind not in "iu":
        return None
    return values.astype(np.int64) if len(np.unique(values)) == len(values) else None


def _is_dispatched(loader: Any) -> bool:
    """Whether one process reads the batches of all, as accelerate's `dispatch_batches` does."""
    return any(kind.__name__ == "DataLoaderDispatcher" for kind in type(loader).__mro__)


def _dispatched(batches: list[list[Any]], loader: Any) -> Iterator[list[Any]]:
    """What this process gets of the batches; accelerate's documentation says how it slices."""
    rank, processes = loader.state.process_index, loader.state.num_processes
    each = 1 if loader.split_batches else processes
    first: list[Any] = []
    for start in range(0, len(batches), each):
        joined = list(chain.from_iterable(batches[start : start + each]))
        first = first or joined[:processes]
        if len(joined) % processes:
            joined += first
        size = len(joined) // processes
        yield joined[rank * size : (rank + 1) * size]


def _length(sized: object) -> int | None:
    try:
        return len(sized) if isinstance(sized, Sized) else None
    except (TypeError, NotImplementedError, AttributeError):
        return None
