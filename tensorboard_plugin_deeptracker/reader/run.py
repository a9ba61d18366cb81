"""A run that was opened to be read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import features
from ..features.images.compute import image_set_of
from ..features.images.records import IMAGE_SETS, VALIDATION
from ..features.layers.records import MODEL
from ..index import discover
from ..index.record import Problem
from ..index.run import Run as LoggedRun
from ..index.run import Snapshot
from ..index.source import AnyPath, RemotePath, ReplacedError
from .errors import LogError
from .questions import Questions
from .runs import find_runs

if TYPE_CHECKING:
    from ..pages.show import Shown

_SHOWN = 5


def open_run(path: str | os.PathLike[str]) -> Run:
    """Opens a run to read what was logged in it, without a server and without PyTorch.

    Example:
        ```python
        from tensorboard_plugin_deeptracker import open_run

        run = open_run("runs/digits")
        rates = run.error_rates()
        print(rates.steps[-1], rates.overall[-1])
        ```

    Args:
        path: Directory of the run, or its address, like `s3://bucket/runs/digits`.

    Raises:
        LogError: There is no log of DeepTracker's in it, or it cannot be read.
    """
    address = os.fspath(path)
    own: AnyPath
    if discover.is_address(address):
        own = RemotePath(address.rstrip("/"))
        name = own.name
    else:
        own = Path(address).expanduser()
        name = own.resolve().name
    try:
        there = discover.log_files(own)
    except (ImportError, OSError, ValueError) as error:
        raise LogError(f"{address}: {error}") from error
    if not there:
        raise LogError(_nothing(address))
    return Run(LoggedRun(name, own, features.kinds()))


def _nothing(address: str) -> str:
    """Why there is nothing to be opened, and what could be."""
    below = [name for name in find_runs(address) if name != "."]
    if not below:
        return f"{address}: no log of DeepTracker's is in this directory, nor below it"
    more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
    return (
        f"{address} is no run, but there are runs below it: {', '.join(below[:_SHOWN])}{more};"
        " open one of them"
    )


class Run(Questions):
    """A run as it was when it was opened, or last refreshed; its methods are the questions.

    Questions without an array answer what JSON would hold. What a question must know and is not
    told (a step, a window, a number of filters) is what the tab starts with: the last step, and
    what `suggested` says.

    Args:
        log: Its log.

    Attributes:
        name: Name of its directory.
    """

    def __init__(self, log: LoggedRun) -> None:
        super().__init__(log)
        self.name = log.name

    @property
    def path(self) -> str:
        """Its directory or address."""
        path = self._log.path
        return path.url if isinstance(path, RemotePath) else str(path)

    @property
    def source(self) -> AnyPath:
        """Likewise, for those who open it."""
        return self._log.path

    @property
    def snapshot(self) -> Snapshot:
        """The log's records, for those who compute something of their own.

        Raises:
            LogError: It is gone.
        """
        try:
            return self._log.snapshot
        except ReplacedError as error:
            raise LogError(f"{self.path}: {error}") from error

    @property
    def image_set_names(self) -> list[str]:
        """The names of its image sets, `validation` first."""
        return self.snapshot.keys(IMAGE_SETS)

    @property
    def layer_names(self) -> list[str]:
        """The names of its layers, in forward order."""
        model = self.snapshot.of(MODEL)
        return [layer.name for layer in model.layers] if model else []

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read of the log, and what is not shown."""
        return self.snapshot.problems

    def class_names(self, image_set: str = "validation") -> list[str]:
        """The names of the classes of an image set, by their positions.

        Raises:
            QuestionError: There is no such image set; of a run without any there are no names.
        """
        if not self.image_set_names and image_set == VALIDATION:
            return []
        return list(image_set_of(self.snapshot, image_set).class_names)

    def show(
        self,
        view: str = "validation",
        *,
        height: int = 720,
        width: str = "100%",
        theme: str | None = None,
        **state: Any,
    ) -> Shown:
        """Shows a view in a notebook: Jupyter's, or VS Code's. No TensorBoard is needed.

        Example:
            ```python
            run.show("layers", statistic="update_ratio", step=400)
            run.show("validation", class_="7", height=900)
            ```

        A small server in this process answers the view, only to this machine and only to those who
        know its address; it ends with the process. A notebook that is opened without it has a
        picture of the main curves instead.

        Args:
            view: As in the tab's address: "validation", "layers", "map" and so on.
            height: In pixels.
            width: In CSS.
            theme: "light" or "dark"; None: as the browser prefers.
            **state: What else the address tells, by the names it has there, as Python writes them:
                `step`, `statistic`, `row_height`; `owner_name` where several have one name. What
                is selected, by its kind: `class_="cat"`, `layer="conv1"`, `filter=("conv1", 3)`.

        Raises:
            QuestionError: There is no such view, or no such name.
        """
        from .showing import show

        return show(self._log, self, view, height, width, theme, **state)

    def refresh(self) -> bool:
        """Takes in what was logged meanwhile; returns whether there is anything new."""
        _, changed = self._log.refresh()
        return changed

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {of}" for of, count in self.snapshot.counts.of.items())
        return f"<Run {self.name!r}: {counts}>"
