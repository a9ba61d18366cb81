"""What the log holds of layers and filters: the model once, and a dump every so often."""

from .dump import (
    ABSENT,
    ABSENT_TAG,
    DUMPS,
    FILTERS_TAG,
    KERNELS_TAG,
    NON_FINITE_TAG,
    STATISTICS_TAG,
    decode_first_non_finite,
    encode_dump,
)
from .model import (
    DISTRIBUTION_STATISTICS,
    FILTER_MEASURES,
    LAYER_STATISTICS,
    MODEL,
    Layer,
    Model,
    Node,
    decode_model,
    encode_model,
)

KINDS = (MODEL, DUMPS)

__all__ = [
    "ABSENT",
    "ABSENT_TAG",
    "DISTRIBUTION_STATISTICS",
    "DUMPS",
    "FILTERS_TAG",
    "FILTER_MEASURES",
    "KERNELS_TAG",
    "KINDS",
    "LAYER_STATISTICS",
    "MODEL",
    "NON_FINITE_TAG",
    "STATISTICS_TAG",
    "Layer",
    "Model",
    "Node",
    "decode_first_non_finite",
    "decode_model",
    "encode_dump",
    "encode_model",
]
