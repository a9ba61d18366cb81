"""A run made of checkpoints is the one that the training would have logged."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info
from torch.utils.data import DataLoader, Dataset, TensorDataset

from tensorboard_plugin_deeptracker import SummaryWriter, Tracker, log_checkpoints, open_run
from tensorboard_plugin_deeptracker.reader.run import Run
from tensorboard_plugin_deeptracker.replay import Replayed
from tensorboard_plugin_deeptracker.replay.plan import Planned
from tests.replay.checkpoints import CLASSES, loader, network, prefixed, save_all, weights
from tests.summary.paired import CALLED, exact


def replay(
    logdir: Path, checkpoints: Any, model: torch.nn.Module | None = None, **options: Any
) -> Replayed:
    with SummaryWriter(logdir) as writer:
        return log_checkpoints(writer, model or network(), checkpoints, loader(), **options)


def live(logdir: Path, seeds: Sequence[int], every: int = 10) -> Run:
    """What a training with these weights would have logged."""
    model = network()
    with SummaryWriter(logdir) as writer:
        tracker = Tracker(writer, model, loader(), every=1, representations=True)
        for i, seed in enumerate(seeds):
            model.load_state_dict(weights(seed))
            tracker.log(i * every)
    return open_run(logdir)


def assert_same(run: Run, other: Run) -> None:
    ours, theirs = run.image_scores(history="yes"), other.image_scores(history="yes")
    assert ours.steps.tolist() == theirs.steps.tolist()
    for name, array in ours.arrays.items():
        np.testing.assert_array_equal(array, theirs.arrays[name], name)
    for layer in other.layer_names:
        for measure in ("change", "update_ratio", "weight_norm"):
            np.testing.assert_array_equal(
                run.layer_filter(layer, measure=measure).values,
                other.layer_filter(layer, measure=measure).values,
            )
    (sets,) = run.image_sets().image_sets
    assert sets == other.image_sets().image_sets[0]


def test_numpy_leaves_the_cores_to_the_evaluations(tmp_path: Path) -> None:
    def threads() -> list[int]:
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

    save_all(tmp_path, 2)
    before, meanwhile = threads(), list[list[int]]()
    replay(tmp_path / "run", f"{tmp_path}/*.pt", progress=lambda *_: meanwhile.append(threads()))
    share = max(1, torch.get_num_threads() // 4)
    assert meanwhile == [[min(share, each) for each in before]] * 2
    assert threads() == before


def test_it_is_what_a_tracker_would_have_logged(tmp_path: Path) -> None:
    save_all(tmp_path, 12)
    done = replay(tmp_path / "run", f"{tmp_path}/*.pt")
    assert done.steps == list(range(0, 120, 10))
    assert done.way == "the iteration in their names"
    assert done.skipped == []
    run = open_run(tmp_path / "run")
    assert_same(run, live(tmp_path / "live", range(12)))
    assert run.image_sets().image_sets[0]["representations"] == 12
    # And the model itself says the same.
    model = network().eval()
    model.load_state_dict(weights(11))
    with torch.no_grad():
        expected = torch.cat([model(images) for images, _ in loader()]).argmax(1)
    images = run.iteration_image()
    order = np.argsort(np.array(images.to_json()["ids"]))
    assert images.predicted[order].tolist() == expected.tolist()


def test_batches_are_evaluated_two_at_a_time_behind_the_first_checkpoint(tmp_path: Path) -> None:
    model, threads = exact(), torch.get_num_threads()
    states = [{k: v * (i + 1) for k, v in model.state_dict().items()} for i in range(3)]
    pixels = torch.arange(24.0)[:, None].expand(24, 192)
    data = DataLoader(TensorDataset(pixels, torch.arange(24) % CLASSES), batch_size=8)
    CALLED.clear()
    torch.set_num_threads(2)
    try:
        with SummaryWriter(tmp_path) as writer:
            log_checkpoints(writer, model, states, data)
    finally:
        torch.set_num_threads(threads)
    where = [name.rpartition("_")[0] for name in CALLED if name.startswith("deeptracker-batch")]
    assert where == ["deeptracker-batch"] * (2 + 3 + 3)  # The proof, and two checkpoints.
    assert open_run(tmp_path).error_rates().steps.tolist() == [0, 1, 2]


class Counts(Dataset[Any]):
    """Counts how often its images are asked for."""

    def __init__(self, data: Any) -> None:
        self.data, self.asked = data, 0

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> Any:
        self.asked += 1
        return self.data[index]


def test_images_are_read_once(tmp_path: Path) -> None:
    asked, expected = [], live(tmp_path / "live", [0, 1, 2], every=1)
    ways: dict[str, dict[str, Any]] = {"once": {}, "each time": {"keep_inputs": None}}
    for name, options in ways.items():
        data = Counts(loader().dataset)
        with SummaryWriter(tmp_path / name) as writer:
            states = [(i, weights(i)) for i in range(3)]
            log_checkpoints(writer, network(), states, DataLoader(data, 5), **options)
        asked.append(data.asked)
        assert_same(open_run(tmp_path / name), expected)
    assert asked[1] - asked[0] == 2 * len(data)


def test_an_interrupted_replay_goes_on(tmp_path: Path) -> None:
    paths = save_all(tmp_path, 6)

    def stop(done: int, total: int, planned: Planned) -> None:
        assert total == 6
        if done == 3:
            raise KeyboardInterrupt(planned.name)

    with pytest.raises(KeyboardInterrupt):
        replay(tmp_path / "run", paths, progress=stop)
    assert open_run(tmp_path / "run").error_rates().steps.tolist() == [0, 10, 20]
    done = replay(tmp_path / "run", paths)
    assert (done.already, done.steps) == ([0, 10, 20], [30, 40, 50])
    run = open_run(tmp_path / "run")
    assert_same(run, live(tmp_path / "live", range(6)))
    assert np.isnan(run.layer_filter("0").values).sum(axis=1).tolist() == [1] * 4
    again = replay(tmp_path / "run", paths)
    assert (again.already, again.steps) == ([0, 10, 20, 30, 40, 50], [])


def test_a_half_logged_checkpoint_is_done_again(tmp_path: Path) -> None:
    paths = save_all(tmp_path, 3)
    replay(tmp_path / "run", paths[:1])
    model = network()
    model.load_state_dict(weights(1))
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_model(model)
        writer.add_weights(model, 10)  # And then it was interrupted.
    done = replay(tmp_path / "run", paths)
    assert (done.already, done.steps) == ([0], [10, 20])
    assert_same(open_run(tmp_path / "run"), live(tmp_path / "live", range(3)))


def test_what_is_missing_repeated_or_damaged_is_named(tmp_path: Path) -> None:
    paths = save_all(tmp_path, 4)
    shutil.copy(paths[1], tmp_path / "copy_of_step_10.pt")
    paths[2].write_bytes(paths[2].read_bytes()[:2000])
    gone, text = tmp_path / "step_70.pt", tmp_path / "step_80.pt"
    text.write_text("not a checkpoint")
    listed = [*paths, paths[0], tmp_path / "copy_of_step_10.pt", gone, text]
    done = replay(tmp_path / "run", listed)
    assert done.steps == [0, 10, 30]
    skipped = dict(done.skipped)
    assert skipped[str(paths[0])] == "it is there twice"
    assert "it is of iteration 10, as" in skipped[str(paths[1])] + skipped.get(
        str(tmp_path / "copy_of_step_10.pt"), ""
    )
    assert "cannot be read" in skipped[str(paths[2])]
    assert skipped[str(gone)] == "is not there"
    assert "cannot be read" in skipped[str(text)]
    assert "skipped" in str(done)


def test_one_that_is_damaged_meanwhile_is_skipped(tmp_path: Path) -> None:
    paths = save_all(tmp_path, 5)

    def damage(done: int, total: int, planned: Planned) -> None:
        del total, planned
        if done == 0:
            paths[3].write_bytes(b"")

    done = replay(tmp_path / "run", paths, progress=damage)
    assert done.steps == [0, 10, 20, 40]
    assert [name for name, _ in done.skipped] == [str(paths[3])]


def test_another_model_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    paths = save_all(tmp_path, 2)
    state = weights(3)
    wrong = {**state, "5.weight": torch.zeros(2), "4.weight": torch.zeros(CLASSES, 10)}
    del wrong["0.bias"]
    torch.save(wrong, tmp_path / "step_99.pt")
    with pytest.raises(ValueError, match=r"step_99\.pt") as refused:
        replay(tmp_path / "run", [*paths, tmp_path / "step_99.pt"])
    said = str(refused.value)
    assert "not in the checkpoint: 0.bias" in said
    assert "not in the model: 5.weight" in said
    assert "of another shape: 4.weight is [3, 10], in the model [3, 64]" in said
    assert not list(tmp_path.glob("run/**/*.deeptracker"))
    with SummaryWriter(tmp_path / "run") as writer:
        with pytest.raises(ValueError, match="not those of the model"):
            log_checkpoints(writer, network(), [(0, wrong)], loader())
        # And whoever is refused may try again.
        done = log_checkpoints(writer, network(), [(0, weights(0))], loader())
    assert done.steps == [0]


def test_iterations_may_be_given(tmp_path: Path) -> None:
    (path,) = save_all(tmp_path, 1)
    done = replay(tmp_path / "run", [(7, weights(2)), (3, path), (5, prefixed(weights(1), "net."))])
    assert (done.steps, done.way) == ([3, 5, 7], "the iterations that were given")
    run = open_run(tmp_path / "run")
    other = live(tmp_path / "live", range(3))
    np.testing.assert_array_equal(run.layer_filter("0").values, other.layer_filter("0").values)


def test_a_mapping_is_of_iterations_or_one_state_dict(tmp_path: Path) -> None:
    (path,) = save_all(tmp_path, 1)
    assert replay(tmp_path / "many", {7: weights(2), 3: path}).steps == [3, 7]
    assert len(replay(tmp_path / "one", weights(1)).steps) == 1


def test_weights_alone(tmp_path: Path) -> None:
    save_all(tmp_path, 2)
    with SummaryWriter(tmp_path / "run") as writer:
        log_checkpoints(writer, network(), f"{tmp_path}/*.pt", None)
    described = open_run(tmp_path / "run").describe()
    assert described.steps == {"dumps": [0, 10], "validations": []}


@pytest.mark.parametrize(
    ("checkpoints", "reason"),
    [
        ("nowhere/*.pt", "no file matches 'nowhere/\\*.pt'"),
        ("nowhere.pt", "no checkpoint can be read: nowhere.pt is not there"),
        ([], "no checkpoint can be read: there are none"),
        ([3], "paths or state dicts, .*not int"),
        (3, "a pattern like .*, or a list of paths or state dicts, not int"),
        ([("a", "b")], "a tuple that begins with str"),
        ([(1, weights(0)), weights(1)], "give all"),
    ],
)
def test_wrong_checkpoints(tmp_path: Path, checkpoints: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        replay(tmp_path / "run", checkpoints)


def test_wrong_arguments(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path) as writer:
        wrong: Any = "resnet18"
        dataset: Any = loader().dataset
        with pytest.raises(ValueError, match=r"model must be a torch\.nn\.Module"):
            log_checkpoints(writer, wrong, [weights(0)], loader())
        with pytest.raises(ValueError, match="pass a DataLoader"):
            log_checkpoints(writer, network(), [weights(0)], dataset)
