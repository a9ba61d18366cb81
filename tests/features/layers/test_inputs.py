"""What numbers a model is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tensorboard_plugin_deeptracker.features.layers.log.inputs import inputs_of
from tensorboard_plugin_deeptracker.features.layers.records import Model
from tests.logs import small_model


def test_mean_and_deviation_of_all_floats() -> None:
    images, ids = torch.rand(4, 3, 8, 8), torch.arange(4)
    mask = torch.ones(4, dtype=torch.float16)
    values = np.concatenate([images.numpy().ravel(), np.ones(4)]).astype(np.float64)
    found = inputs_of({"images": images, "more": [ids, mask], "text": "none"})
    assert found == pytest.approx((values.mean(), values.std()))


@pytest.mark.parametrize("example", [None, torch.arange(3), torch.tensor([torch.nan]), "text"])
def test_nothing_is_said_of_what_has_no_numbers(example: object) -> None:
    assert inputs_of(example) is None


def test_models_of_older_logs_do_not_say() -> None:
    model = replace(small_model(2), inputs=(0.5, 2.0))
    assert Model.from_json(model.to_json()) == model
    assert "inputs" not in small_model(2).to_json()
    assert Model.from_json(small_model(2).to_json()).inputs is None
