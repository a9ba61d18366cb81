"""Questions of the feature layers; made by docs/routes.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..answer import Answer
from ..asking import Asking


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LayerStat(Answer):
    """The layer-stat index.

    Attributes:
        steps: int64[dumps].
        values: float32[dumps].
    """

    layer: str
    stat: str
    steps: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LayerStats(Answer):
    """The layer-stat index for all nodes at once.

    Attributes:
        steps: int64[dumps].
        values: float32[nodes, dumps].
    """

    stat: str
    nodes: list[str]
    steps: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LayerDistributions(Answer):
    """The five statistics of box plots, for all nodes at once.

    Attributes:
        steps: int64[dumps].
        min: float32[nodes, dumps].
        q1: float32[nodes, dumps].
        median: float32[nodes, dumps].
        q3: float32[nodes, dumps].
        max: float32[nodes, dumps].
    """

    of: str
    nodes: list[str]
    steps: NDArray[np.int64]
    min: NDArray[np.float32]
    q1: NDArray[np.float32]
    median: NDArray[np.float32]
    q3: NDArray[np.float32]
    max: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LayerFilter(Answer):
    """The layer-filter index.

    Attributes:
        steps: int64[dumps].
        values: float32[filters, dumps].
    """

    layer: str
    measure: str
    normalize: str
    steps: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class IterationFilter(Answer):
    """The iteration-filter index.

    Attributes:
        step: A training iteration.
        layer: int32[filters]: positions in the run's layers.
        filter: int32[filters]: positions in the layer.
        value: float32[filters].
    """

    step: int
    measure: str
    layer: NDArray[np.int32]
    filter: NDArray[np.int32]
    value: NDArray[np.float32]


class LayersQuestions(Asking):
    """Questions of the feature `layers`."""

    def layer_stat(self, layer: str, stat: str) -> LayerStat:
        """The layer-stat index.

        Args:
            layer: Dotted name of a node of the hierarchy; empty: the model.
            stat: One of the run's `statistics`.

        Example:
            >>> run.layer_stat('stem', 'weight_mean')
            LayerStat(layer='stem', stat='weight_mean', steps=int64[6], values=float32[6])
        """
        return LayerStat(**self._fields("layer_stat", {"layer": layer, "stat": stat}))

    def layer_stats(self, stat: str) -> LayerStats:
        """The layer-stat index for all nodes at once.

        Args:
            stat: One of the run's `statistics`.

        Example:
            >>> run.layer_stats('weight_mean')
            LayerStats(stat='weight_mean', nodes=['', 'stem', 'block', 'block.conv1'],
            steps=int64[6], values=float32[4, 6])
        """
        return LayerStats(**self._fields("layer_stats", {"stat": stat}))

    def layer_distributions(
        self, *, of: Literal["weight", "gradient"] | None = None
    ) -> LayerDistributions:
        """The five statistics of box plots, for all nodes at once.

        Args:
            of: What the statistics are of; what the tab starts with.

        Example:
            >>> run.layer_distributions()
            LayerDistributions(of='weight', nodes=['', 'stem', 'block', 'block.conv1'],
            steps=int64[6], min=float32[4, 6], q1=float32[4, 6], median=float32[4, 6],
            q3=float32[4, 6], max=float32[4, 6])
        """
        return LayerDistributions(**self._fields("layer_distributions", {"of": of}))

    def layer_filter(
        self,
        layer: str,
        *,
        measure: str | None = None,
        normalize: Literal["none", "filter", "iteration"] | None = None,
    ) -> LayerFilter:
        """The layer-filter index.

        Args:
            layer: Dotted name of a layer.
            measure: One of the run's `measures`; what the tab starts with.
            normalize: What values are divided by: nothing, or the largest magnitude of the
                filter over all dumps, or of the dump over the layer's filters; what the tab
                starts with.

        Example:
            >>> run.layer_filter('stem')
            LayerFilter(layer='stem', measure='change', normalize='none', steps=int64[6],
            values=float32[3, 6])
        """
        return LayerFilter(
            **self._fields(
                "layer_filter", {"layer": layer, "measure": measure, "normalize": normalize}
            )
        )

    def iteration_filter(
        self, *, step: int | None = None, measure: str | None = None, top_k: int | None = None
    ) -> IterationFilter:
        """The iteration-filter index.

        Args:
            step: Iteration of a dump; what the tab starts with.
            measure: One of the run's `measures`; what the tab starts with.
            top_k: How many filters at most; what the tab starts with.

        Example:
            >>> run.iteration_filter()
            IterationFilter(step=5, measure='change', layer=int32[5], filter=int32[5],
            value=float32[5])
        """
        return IterationFilter(
            **self._fields("iteration_filter", {"step": step, "measure": measure, "top_k": top_k})
        )
