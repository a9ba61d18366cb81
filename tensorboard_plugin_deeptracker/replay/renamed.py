"""Names under which a library saves weights, where the model has other ones."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


def saved_names(model: nn.Module) -> Mapping[str, str] | None:
    """The names that a model's weights have in checkpoints, by those that they have in the model.

    transformers 5 has renamed the layers of many models, ViT among them, and still writes the old
    names. How it does so it is asked itself: there are rules for each kind of model.

    Returns:
        None if they are the same, or not each is one of the model's.
    """
    # Who has such a model has imported it.
    library = sys.modules.get("transformers")
    if library is None or not isinstance(model, library.PreTrainedModel):
        return None
    try:
        loading: Any = importlib.import_module("transformers.core_model_loading")
        revert = loading.revert_weight_conversion
    except (ImportError, AttributeError):  # Versions before 5 do not rename.
        return None
    own = {name: each for name, each in model.state_dict().items() if isinstance(each, Tensor)}
    names = {id(each): name for name, each in own.items()}
    saved = {names.get(id(each)): name for name, each in revert(model, dict(own)).items()}
    # What is split or joined on its way is another tensor.
    if saved.keys() != own.keys() or all(name == each for name, each in saved.items()):
        return None
    return {str(name): each for name, each in saved.items()}
