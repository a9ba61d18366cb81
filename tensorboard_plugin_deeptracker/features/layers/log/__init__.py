"""The writer's methods that log a model's layers and filters."""

from .capture import Previous
from .filters import own_parameter, register_filters
from .layers import TrackedLayer, find_layers, refuse_flattened
from .writer import LayersWriter

WRITER = LayersWriter

__all__ = [
    "WRITER",
    "LayersWriter",
    "Previous",
    "TrackedLayer",
    "find_layers",
    "own_parameter",
    "refuse_flattened",
    "register_filters",
]
