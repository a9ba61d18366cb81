"""Copies of what an evaluation may change, in the memory of the copies before."""

from __future__ import annotations

from weakref import ref

import torch
from torch import Tensor, nn

from tensorboard_plugin_deeptracker.summary.eval_mode import evaluating
from tensorboard_plugin_deeptracker.summary.held import Copies


def test_what_was_put_back_is_no_copy() -> None:
    """Else it would change with the tensor: of another shape at first, then emptied."""

    class Changing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.state = torch.arange(4.0)

        def forward(self, x: Tensor) -> Tensor:
            if len(x) > 1:
                self.state.data = torch.zeros(9)
            else:
                self.state.data.zero_()
            return x

    model, copies = Changing(), Copies()
    for size in 2, 1:
        with evaluating(model, copies=copies):
            model(torch.rand(size, 4))
        assert model.state.tolist() == [0, 1, 2, 3]


def test_copies_are_where_they_were() -> None:
    x, copies = torch.rand(5, 7), Copies()
    first = copies.of(x)
    x += 1
    assert copies.of(x) is first
    assert torch.equal(first, x)
    for other in torch.rand(5, 7).double(), torch.rand(7, 5).T, torch.rand(3):
        x.data = other
        assert torch.equal(copies.of(x), x)
        assert copies.of(x).stride() == x.stride()
    freed = ref(copies.of(x))
    del x
    assert freed() is None
