"""A dataset whose items say which image they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from torch.utils.data import Dataset, IterableDataset

# What mappings have the identifier under.
KEY = "ids"


class WithIds(Dataset[Any]):
    """A dataset like another one, whose items say which image they are.

    Example:
        ```python
        training = DataLoader(WithIds(dataset), batch_size=128, shuffle=True)
        for images, labels, ids in training:
            outputs = model(images)
            ...
            tracker.observe(ids, outputs)
        ```

    An item that is a tuple or list gets its position in the dataset as one more element, a
    dictionary gets it under "ids", and anything else becomes a pair. The items themselves are those
    of the dataset, and so are the random numbers that it draws.

    Args:
        dataset: Any that has a length and an item at each position: torchvision's, Hugging Face's,
            `Subset`, `ConcatDataset`, `TensorDataset`.

    Raises:
        ValueError: It is none of these, such as a stream.
    """

    def __init__(self, dataset: Any) -> None:
        whole = hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")
        if isinstance(dataset, IterableDataset) or not whole:
            raise ValueError(
                "WithIds needs a dataset with a length and an item at each position, not a"
                f" {type(dataset).__name__}: of a stream, pass your own identifiers and labels to"
                " tracker.observe(ids, outputs, labels)"
            )
        self.dataset = dataset
        MADE.add(self)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> Any:
        return _with_id(self.dataset[index], self._position(index))

    @property
    def __getitems__(self) -> Callable[[list[Any]], list[Any]] | None:
        """Reads a batch at once, if the dataset can; a loader asks for it."""
        read = getattr(self.dataset, "__getitems__", None)
        if read is None:
            return None

        def items(indices: list[Any]) -> list[Any]:
            pairs = zip(read(indices), indices, strict=True)
            return [_with_id(item, self._position(index)) for item, index in pairs]

        return items

    def _position(self, index: Any) -> int:
        position = int(index)
        return position + len(self) if position < 0 else position


# Those of this process, by which a tracker finds what it is told about.
MADE: WeakSet[WithIds] = WeakSet()


def _with_id(item: Any, position: int) -> Any:
    if isinstance(item, Mapping):
        if KEY in item:
            raise ValueError(
                f"an item has {KEY!r} already: rename it, or pass its own to tracker.observe"
            )
        return {**item, KEY: position}
    if isinstance(item, tuple | list):
        return (*item, position)
    return item, position


def dataset_of(loader: Any, other: Any) -> Any:
    """The dataset of a training: its loader's, or the one that was made `WithIds`.

    Args:
        loader: The training's; None if it is not known.
        other: A dataset that is not the training's.

    Returns:
        None if there is none with a length.

    Raises:
        ValueError: There are several.
    """
    if loader is not None:
        dataset = getattr(loader, "dataset", None)
        return dataset if hasattr(dataset, "__len__") else None
    made = [each for each in MADE if each is not other]
    if len(made) > 1:
        raise ValueError(
            f"there are {len(made)} datasets WithIds: say which one is trained on, as"
            " Tracker(..., training_loader=loader)"
        )
    return made[0] if made else None
