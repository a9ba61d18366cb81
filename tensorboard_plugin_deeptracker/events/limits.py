"""What a log may hold at most: a record beyond it is refused, so that memory has a bound.

Each is far above what a training logs, and bounds what a small file can claim.
"""

from __future__ import annotations

# Bytes of a record that is read whole: the session, the model, the validation set.
STRUCTURE_BYTES = 64 << 20
# Bytes of JSON, of which empty objects take 25 times as much once they are read.
JSON_BYTES = 16 << 20
# Nested modules; orjson writes no deeper than 254 brackets, and a level is two.
DEPTH = 100
# Of all layers together: a dump of as many is larger than 0.5 GB.
FILTERS = 1 << 25
# What JavaScript counts exactly.
COUNT = 1 << 53
CLASSES = 1 << 20
# Class names, identifiers of images, or images in one tensor.
STRINGS = 1 << 22
# Characters of the key of a tag, and keys of one kind in a file.
KEY = 100
KEYS = 100
# Tensors of one record, and axes of a tensor.
TENSORS = 64
AXES = 32
ELEMENTS = 1 << 48
