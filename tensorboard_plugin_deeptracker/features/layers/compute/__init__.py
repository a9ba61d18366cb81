"""What is computed of layers and filters: the paper's indexes I_ls, I_lf and I_if."""

from .lookup import dump_at, layer_at, measure_at, model_of, node_at, statistic_at
from .matrix import LayerFilters
from .queries import (
    Normalize,
    absent,
    dump_filters,
    filters,
    layer_filters,
    node_statistics,
    some_filters,
)
from .ranking import top

__all__ = [
    "LayerFilters",
    "Normalize",
    "absent",
    "dump_at",
    "dump_filters",
    "filters",
    "layer_at",
    "layer_filters",
    "measure_at",
    "model_of",
    "node_at",
    "node_statistics",
    "some_filters",
    "statistic_at",
    "top",
]
