"""`deeptracker causes`: two checkpoints, between which known filters were moved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker
from tests.causes.networks import Residual, images, trained

from .calling import ask, call

PLANTED = [1, 4, 6]
COLUMNS = ("revert", "of", "by chance", "p", "q", "others changed")


class Named(Dataset[Any]):
    """Images whose classes have names."""

    classes = ("north west", "north east", "south west", "south east")

    def __getitem__(self, index: int) -> Any:
        return images()[index]

    def __len__(self) -> int:
        return len(images())


def model() -> nn.Module:
    """What `--model` names."""
    return Residual()


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Before, and after three filters of a layer were turned round."""
    directory = tmp_path_factory.mktemp("checkpoints")
    own = trained("residual")
    torch.save({"model": own.state_dict(), "epoch": 7}, directory / "last.pt")
    with torch.no_grad():
        own.get_parameter("conv1.weight")[PLANTED] *= -4
    torch.save({"model": own.state_dict(), "epoch": 8}, directory / "bad.pt")
    return directory


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which these filters are turned round at the iteration of the second checkpoint."""
    own = trained("residual")
    with SummaryWriter(str(tmp_path_factory.mktemp("run"))) as writer:
        tracker = Tracker(writer, own, DataLoader(images(), 96), 1, on_sign=False)
        for step in range(17):
            with torch.no_grad():
                for parameter in own.parameters():
                    parameter.mul_(1 + 1e-4 * torch.randn_like(parameter))
                if step == 8:
                    own.get_parameter("conv1.weight")[PLANTED] *= -4
            tracker.log(step)
    return Path(writer.log_dir)


def arguments(directory: Path, before: str = "last.pt", after: str = "bad.pt") -> list[str]:
    model, data = f"{__name__}:model", f"{__name__}:Named"
    return [str(directory / before), str(directory / after), "--model", model, "--data", data]


def test_the_filters_that_were_moved_are_found(checkpoints: Path) -> None:
    answer = ask("causes", *arguments(checkpoints), "--draws", "40")
    assert (answer["before"], answer["after"]) == tuple(
        str(checkpoints / name) for name in ("last.pt", "bad.pt")
    )
    first, *others = answer["effects"]
    assert (first["group"], first["how"], first["class"]) == ("most moved", "put_back", None)
    assert first["layers"] == [{"layer": "conv1", "filters": PLANTED}]
    assert (first["since"], first["step"]) == (7, 8)
    assert first["changed"] == first["images"] == answer["flips"] > 10
    assert first["chance"] < first["changed"] / 2
    assert first["p"] < 0.1
    assert {row["class"] for row in others} - {None} <= set(Named.classes)
    whole = {row["group"]: row["changed"] for row in others if row["draws"] == 0 and not row["to"]}
    assert whole["conv1"] == answer["flips"] > 2 * whole["fc"]


def test_it_is_told_in_tables(checkpoints: Path) -> None:
    groups = ["--group", "conv1:1,4,6", "--group", "conv1:0,2,3", "--draws", "20"]
    said = call("causes", *arguments(checkpoints), *groups).stdout
    first, back, into, of_classes = said.split("\n\n")
    assert re.fullmatch(r"\d+ images flip from .*last.pt to .*bad.pt", first)
    title, columns, planted, other = back.splitlines()
    assert title == "put back to what they were"
    assert re.split(r"  +", columns) == ["group", "filters", *COLUMNS]
    flips = first.split()[0]
    assert planted.split()[:4] == ["conv1:1,4,6", "3", flips, flips]
    assert other.split()[:4] == ["conv1:0,2,3", "3", "0", flips]
    assert into.startswith("put into the model before")
    assert of_classes.startswith("of classes, what reverts most when it is put back")
    assert all("conv1:1,4,6" in line for line in of_classes.splitlines()[2:])


def test_the_mini_sets_of_a_run_are_put_back_and_switched_off(checkpoints: Path, run: Path) -> None:
    given = [*arguments(checkpoints), "--run", run, "--draws", "20"]
    answer = ask("causes", *given)
    layers = ask("export", run, "correlation")["layers"]
    sets = [(own["layer"], each["filters"]) for own in layers for each in own["mini_sets"]]
    assert ("conv1", PLANTED) in sets
    tried = [
        [(each["layer"], each["filters"]) for each in row["layers"]]
        for row in answer["effects"]
        if row["class"] is None and row["how"] == "put_back"
    ]
    assert sorted(tried) == sorted([each] for each in sets)
    planted = next(row for row in answer["effects"] if row["group"] == "conv1:1,4,6")
    assert planted["changed"] == planted["images"] == answer["flips"]
    assert answer["mini_sets_left_out"] == 0
    off = ask("causes", *given, "--switch-off", "zero", "--mini-sets", "1")
    assert len({row["group"] for row in off["effects"]}) == 1
    assert {row["how"] for row in off["effects"]} == {"zero"}
    assert (off["flips"], off["mini_sets_left_out"]) == (None, len(sets) - 1)
    said = call("causes", *given, "--switch-off", "mean").stdout
    assert said.startswith("96 images are predicted by")
    assert "switched off, with their means in the place of their outputs" in said


def test_where_nothing_flipped_the_answer_is_no(checkpoints: Path) -> None:
    said = call("causes", *arguments(checkpoints, after="last.pt"), "--json")
    assert said.exit_code == 1
    assert '"effects":[]' in said.stdout.replace(" ", "")


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({0: "nowhere.pt"}, 3, "no checkpoint can be read: nowhere.pt"),
        ({3: "torchvision:resnet18"}, 1, "last.pt: .* not those of the model"),
        ({3: "nothing:at_all"}, 2, "No module named 'nothing'"),
        ({6: "--group", 7: "conv1"}, 2, "group 'conv1': must be LAYER:FILTERS"),
        ({6: "--group", 7: "conv1:x"}, 2, "group 'conv1:x': must be LAYER:FILTERS"),
        ({6: "--group", 7: "conv1:8"}, 2, "'conv1' has filters 0 to 7, not 8"),
        ({6: "--switch-off", 7: "zero"}, 2, "needs filters: give them by --group, or a --run"),
        ({6: "--run", 7: "nowhere"}, 3, "nowhere"),
        ({0: "."}, 2, "holds 2 checkpoints: name one of them, say bad.pt"),
    ],
)
def test_what_is_wrong_is_said(
    checkpoints: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[int, str],
    code: int,
    reason: str,
) -> None:
    monkeypatch.chdir(checkpoints)
    given = arguments(checkpoints)
    for at, text in changed.items():
        given[at : at + 1] = [text]
    said = call("causes", *given)
    assert said.exit_code == code, said.output
    assert re.search(reason, said.stderr), said.stderr
