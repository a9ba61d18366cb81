"""The weights are found in whatever form a training has left them."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.distributed.checkpoint.state_dict_saver import save

from tensorboard_plugin_deeptracker.replay.errors import DamagedError, MisfitError, NeedsCodeError
from tensorboard_plugin_deeptracker.replay.plan import make_plan
from tensorboard_plugin_deeptracker.replay.reading import read_checkpoint
from tensorboard_plugin_deeptracker.replay.steps import natural
from tests.replay.checkpoints import network, prefixed, weights


class Config:
    """Of the user's own."""


def optimizer_state() -> dict[str, Any]:
    moments = {"step": torch.tensor(3.0), "exp_avg": torch.ones(4, 1, 3, 3)}
    return {"state": {0: moments}, "param_groups": [{"lr": 0.1, "params": [0]}]}


def found(content: Any, tmp_path: Path, model: nn.Module | None = None, **options: Any) -> int:
    """Which seed's weights are found in a checkpoint, once it was saved."""
    path = tmp_path / "checkpoint.pt"
    torch.save(content, path)
    return seed_of(path, model, **options)


def seed_of(path: Path, model: nn.Module | None = None, **options: Any) -> int:
    (planned,) = make_plan(model or network(), [(0, path)], **options).checkpoints
    state = planned.load()
    assert not any(tensor.device.type == "meta" for tensor in state.values())
    own = {name.removeprefix("module."): value for name, value in state.items()}
    return next(
        seed
        for seed in range(5)
        if all(torch.equal(own[name], value) for name, value in weights(seed).items())
    )


FORMS: dict[str, Any] = {
    "state dict": weights(1),
    "ordered": OrderedDict(weights(1)),
    "DDP": prefixed(weights(1), "module."),
    "compiled": prefixed(weights(1), "_orig_mod."),
    "compiled DDP": prefixed(weights(1), "module._orig_mod."),
    "plain loop": {"model": weights(1), "optimizer": optimizer_state(), "epoch": 3, "loss": 0.1},
    "Lightning": {
        "state_dict": {**prefixed(weights(1), "model."), "criterion.weight": torch.ones(3)},
        "optimizer_states": [optimizer_state()],
        "global_step": 30,
        "epoch": 3,
        "pytorch-lightning_version": "2.6.0",
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"best": pathlib.PurePosixPath("a")}},
        "hyper_parameters": {"lr": 0.1},
    },
    "timm": {
        "epoch": 3,
        "arch": "small",
        "state_dict": weights(1),
        "state_dict_ema": weights(2),
        "optimizer": optimizer_state(),
        "args": argparse.Namespace(lr=0.1, model="small"),
        "version": 2,
    },
    "MMEngine": {
        "meta": {"iter": 30, "epoch": 3},
        "state_dict": weights(1),
        "message_hub": {"log_scalars": OrderedDict()},
    },
    "fastai": {"model": weights(1), "opt": {"state": [{"step": 1}], "hypers": [{"lr": 0.1}]}},
    "averaged": {**prefixed(weights(1), "module."), "n_averaged": torch.tensor(3)},
    "a module itself": {"model": None, "module": network()},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form: str, tmp_path: Path) -> None:
    if form == "a module itself":
        model = network()
        model.load_state_dict(weights(1))
        FORMS[form]["module"] = model
    assert found(FORMS[form], tmp_path) == 1


def test_the_old_format_of_files(tmp_path: Path) -> None:
    path = tmp_path / "old.pt"
    torch.save(weights(1), path, _use_new_zipfile_serialization=False)
    assert seed_of(path) == 1


def test_averaged_weights_are_taken_if_they_are_asked_for(tmp_path: Path) -> None:
    assert found(FORMS["timm"], tmp_path, ema=True) == 2
    both = {**prefixed(weights(1), "model."), **prefixed(weights(2), "ema_model.")}
    assert found({"state_dict": both}, tmp_path) == 1
    assert found({"state_dict": both}, tmp_path, ema=True) == 2
    lightning = {"current_model_state": weights(1), "state_dict": weights(2)}
    assert found(lightning, tmp_path) == 1
    assert found(lightning, tmp_path, ema=True) == 2
    # Who has only averaged ones has those.
    assert found({"model": None, "ema": weights(2)}, tmp_path) == 2
    with pytest.raises(MisfitError, match="no averaged weights"):
        found(weights(1), tmp_path, ema=True)


def test_of_two_that_fit_alike_somebody_has_to_say_which(tmp_path: Path) -> None:
    both = {**prefixed(weights(1), "student."), **prefixed(weights(2), "teacher.")}
    with pytest.raises(MisfitError, match=r"'student\.'.*'teacher\.' all fit.*prefix="):
        found(both, tmp_path)
    assert found(both, tmp_path, prefix="teacher.") == 2


def test_the_model_may_be_wrapped_too(tmp_path: Path) -> None:
    class Wrapped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = network()

    assert found(weights(1), tmp_path, Wrapped()) == 1


def test_safetensors_and_directories(tmp_path: Path) -> None:
    save_file(weights(1), tmp_path / "one.safetensors")
    assert seed_of(tmp_path / "one.safetensors") == 1
    whole = tmp_path / "checkpoint-500"
    whole.mkdir()
    save_file(weights(2), whole / "model.safetensors")
    (whole / "trainer_state.json").write_text(json.dumps({"global_step": 500, "epoch": 2.0}))
    assert seed_of(whole) == 2
    parts = tmp_path / "checkpoint-600"
    parts.mkdir()
    names = list(weights(3))
    halves = {"a.safetensors": names[:3], "b.safetensors": names[3:]}
    for part, own in halves.items():
        save_file({name: weights(3)[name] for name in own}, parts / part)
    where = {name: part for part, own in halves.items() for name in own}
    (parts / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    assert seed_of(parts) == 3
    plan = make_plan(network(), [parts, whole])
    assert [each.step for each in plan.checkpoints] == [500, 600]
    (parts / "b.safetensors").unlink()
    (tmp_path / "empty").mkdir()
    plan = make_plan(network(), [parts, whole])
    assert [each.step for each in plan.checkpoints] == [500]
    with pytest.raises(DamagedError, match="a directory without a checkpoint"):
        read_checkpoint(tmp_path / "empty")
    (parts / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../one"}}')
    with pytest.raises(DamagedError, match="not beside it"):
        read_checkpoint(parts)


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled")
def test_checkpoints_of_torch_distributed(tmp_path: Path) -> None:
    directory = tmp_path / "step_40"
    state = {"model": weights(1), "optim": optimizer_state(), "step": 40}
    save(state, checkpoint_id=directory, no_dist=True)
    assert seed_of(directory) == 1
    (directory / ".metadata").write_bytes(evil())
    with pytest.raises(NeedsCodeError, match=r"posix\.system|nt\.system"):
        read_checkpoint(directory)


def evil() -> bytes:
    import pickle

    class Evil:
        def __reduce__(self) -> Any:
            return os.system, ("touch /tmp/deeptracker-was-here",)

    return pickle.dumps(Evil())


def test_no_code_is_run(tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(witness),)

    for form in (True, False):
        path = tmp_path / "evil.pt"
        torch.save({"model": weights(1), "x": Evil()}, path, _use_new_zipfile_serialization=form)
        with pytest.raises(NeedsCodeError, match="needs code to be read"):
            read_checkpoint(path)
    assert not witness.exists()
    torch.save({"model": weights(1), "config": Config()}, tmp_path / "own.pt")
    with pytest.raises(NeedsCodeError, match=r"tests\.replay\.test_forms\.Config.*state_dict\(\)"):
        read_checkpoint(tmp_path / "own.pt")


def test_what_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    """With little memory, and no more than is there."""
    whole, packed = tmp_path / "whole.pt", tmp_path / "packed.pt"
    torch.save(weights(1), whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        target.writestr("whole/data/9", bytes(65 << 20), zipfile.ZIP_DEFLATED)
    assert packed.stat().st_size < 1 << 20
    with pytest.raises(DamagedError, match=r"would grow by 68,0.* when it is unpacked"):
        read_checkpoint(packed)

    path = tmp_path / "x.safetensors"
    claims = {"w": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}
    for header in (json.dumps(claims).encode(), b"{", b"[" * 1000, b"{}" + b" " * 7):
        for length in (len(header), 2**31, 2**63):
            path.write_bytes(length.to_bytes(8, "little") + header)
            with contextlib.suppress(DamagedError):
                assert read_checkpoint(path) == {}
    tensors = {"w": torch.zeros(8, 8), "n": torch.tensor(float("nan"))}
    save_file(tensors, path)
    raw = path.read_bytes()
    for end in range(0, len(raw), 7):
        path.write_bytes(raw[:end])
        with pytest.raises(DamagedError, match="cannot be read"):
            read_checkpoint(path)


@pytest.mark.parametrize(
    ("contents", "names", "steps", "way"),
    [
        ([{"global_step": 5, "epoch": 1}, {"global_step": 9, "epoch": 1}], "ab", [5, 9], "says"),
        ([{"epoch": 1}, {"epoch": 2}], ["step=7", "step=3"], [3, 7], "iteration in their names"),
        ([{"epoch": 4}, {"epoch": 2}], "ab", [2, 4], "epoch that each"),
        ([{}, {}], ["epoch_10", "epoch_9"], [9, 10], "epoch in their names"),
        ([{}, {}], ["run2-0100", "run2-0020"], [20, 100], "last number"),
        ([{}, {}], ["best", "last"], [0, 1], "order"),
        ([{"meta": {"iter": 8}}, {"meta": {"iter": 4}}], "ab", [4, 8], "says"),
        ([{"step": torch.tensor(3)}, {"step": 2.0}], "ab", [2, 3], "says"),
    ],
)
def test_iterations(
    tmp_path: Path, contents: list[Any], names: list[str], steps: list[int], way: str
) -> None:
    paths = [tmp_path / f"{name}.pt" for name in names]
    for path, content in zip(paths, contents, strict=True):
        torch.save({"model": weights(1), **content}, path)
    plan = make_plan(network(), paths)
    assert [each.step for each in plan.checkpoints] == steps
    assert way in plan.way


def test_what_lies_beside_those_of_iterations_is_left_out(tmp_path: Path) -> None:
    # As Ultralytics' and fastai's do.
    paths = [tmp_path / f"{name}.pt" for name in ("best", "epoch0", "epoch1", "last")]
    for i, path in enumerate(paths):
        torch.save({"model": weights(1), "epoch": i - 1 if i in (1, 2) else -1}, path)
    plan = make_plan(network(), paths[:3])
    assert [each.step for each in plan.checkpoints] == [0, 1]
    assert plan.skipped == ((str(paths[0]), "it does not tell its iteration, as the others do"),)
    # Of two and two, nobody knows which are meant.
    assert [each.step for each in make_plan(network(), paths).checkpoints] == [0, 1, 2, 3]


def test_numbers_in_names_are_in_natural_order() -> None:
    names = ["e10", "e9", "E2", "a"]
    assert sorted(names, key=natural) == ["a", "E2", "e9", "e10"]
