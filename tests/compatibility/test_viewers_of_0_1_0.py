"""A viewer of 0.1.0 shows what it knows of a log of today."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.types_pb2 import (
    DT_FLOAT,
    DT_HALF,
    DT_INT8,
    DT_INT16,
    DT_INT32,
    DT_INT64,
    DT_STRING,
)

from tensorboard_plugin_deeptracker.events import encode
from tensorboard_plugin_deeptracker.features.layers.records import FILTERS_TAG
from tensorboard_plugin_deeptracker.features.validation.records import (
    MARGIN_TAG,
    PREDICTED_TAG,
    choices_of,
    encode_validation,
)
from tests.logs import SessionLog, write_small_run
from tests.test_events import by_skimming

# It refuses a record with a tensor of another type, and skips a tensor that it does not know.
KNOWN = DT_FLOAT, DT_INT32, DT_STRING, DT_INT16, DT_INT8, DT_INT64


def test_it_can_read_all_records(tmp_path: Path) -> None:
    write_small_run(tmp_path, kernels=True)
    with SessionLog(tmp_path, purge_step=6) as log:
        found = choices_of(np.eye(2)[[0, 0, 1, 1]], np.array([0, 0, 1, 1]))
        log.append(encode_validation(7, found.predicted, 2, choices=found))
    values = [
        value
        for file in (tmp_path / "plugins" / "deeptracker").iterdir()
        for payload in RawEventFileLoader(str(file)).Load()
        for value in Event.FromString(payload).summary.value
    ]
    assert {value.tensor.dtype for value in values} <= {*KNOWN}
    tags = {value.tag for value in values}
    assert {FILTERS_TAG, PREDICTED_TAG, MARGIN_TAG.replace("/", "/float16/")} <= tags


def test_float16_is_read_as_tensorboard_would_write_it_too() -> None:
    half = np.array([1.5, -2, np.nan], np.float16)
    payload = encode.event({"deeptracker/margin/train": encode.array(half)})
    event = Event.FromString(payload)
    (value,) = event.summary.value
    assert value.tag == "deeptracker/float16/margin/train"
    value.tag, value.tensor.dtype = "deeptracker/margin/train", DT_HALF
    for each in (payload, event.SerializeToString()):
        ((tag, array),) = by_skimming(each).items()
        assert tag == "deeptracker/margin/train"
        assert array.dtype == np.float16
        np.testing.assert_array_equal(array, half)
