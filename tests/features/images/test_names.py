"""Class names are read wherever a dataset has them, and not used where they are another's."""

from __future__ import annotations

import string
import struct
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import ConcatDataset, Dataset, Subset, TensorDataset, random_split
from torchvision import datasets as torchvision_datasets
from torchvision.datasets import EMNIST, FakeData, ImageFolder, OxfordIIITPet

from tensorboard_plugin_deeptracker.features.images.log import class_names_of, given_names

NAMES = ["cat", "dog", "eel"]
LABELS = np.array([0, 1, 2, 0, 1, 2])


class Labelled(Dataset[tuple[Any, int]]):
    """Images with labels, and whatever attributes it is given."""

    def __init__(self, read: Any = LABELS, **attributes: Any) -> None:
        self.read = read
        vars(self).update(attributes)

    def __len__(self) -> int:
        return len(self.read)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        label = int(self.read[index])
        mapping = getattr(self, "target_transform", None)
        return torch.zeros(1, 2, 2), mapping(label) if mapping else label


def seen(dataset: Any) -> Any:
    """The labels of all its items, as a loader reads them."""
    return np.array([item[1] for item in dataset])


def names(dataset: Any) -> list[str] | None:
    """The names of a dataset all of whose images are read; there is nothing to warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return class_names_of(dataset, seen(dataset), np.arange(len(dataset)))


def refused(dataset: Any, message: str) -> None:
    with pytest.warns(RuntimeWarning, match=message) as caught:
        assert class_names_of(dataset, seen(dataset), np.arange(len(dataset))) is None
    assert len(caught) == 1
    assert "class_names=" in str(caught[0].message)


FORMS: dict[str, dict[str, Any]] = {
    "a list": {"classes": NAMES},
    "a tuple": {"classes": tuple(NAMES)},
    "an array": {"classes": np.array(NAMES)},
    "an array of objects": {"classes": np.array(NAMES, object)},
    "bytes": {"classes": [name.encode() for name in NAMES]},
    "synonyms": {"classes": [("cat", "felis"), ("dog",), ("eel", "Anguilla", "conger")]},
    "by name": {"class_to_idx": {"eel": 2, "cat": 0, "dog": 1, "hound": 1}},
    "by number": {"classes": {0: "cat", 2: "eel", 1: "dog"}},
    "by number as text": {"classes": {"0": "cat", "2": "eel", "1": "dog"}},
    "categories": {"categories": NAMES, "y": LABELS.tolist()},
    "class names": {"class_names": NAMES},
    "with targets": {"classes": NAMES, "targets": torch.tensor(LABELS)},
    "with a column of labels": {"classes": NAMES, "labels": LABELS[:, None]},
    "with samples": {"classes": NAMES, "samples": [(f"{i}.png", i % 3) for i in range(6)]},
    "with labels by name": {"classes": NAMES, "labels": [NAMES[i] for i in LABELS]},
    "features": {"features": {"image": object(), "label": SimpleNamespace(names=NAMES)}},
}


@pytest.mark.parametrize("form", FORMS)
def test_names_of_all_forms(form: str) -> None:
    assert names(Labelled(**FORMS[form])) == NAMES


GIVEN: dict[str, Any] = {
    **{form: next(iter(FORMS[form].values())) for form in list(FORMS)[:9]},
    "a generator": lambda: (name for name in NAMES),
    "keys": dict.fromkeys(NAMES).keys(),
    "by number, out of order": {2: "eel", 0: "cat", 1: "dog"},
}


@pytest.mark.parametrize("form", GIVEN)
def test_names_that_users_give_in_all_forms(form: str) -> None:
    given = GIVEN[form]
    assert given_names(given() if callable(given) else given) == NAMES


def test_classes_that_users_give_no_name_have_their_number() -> None:
    assert given_names(["cat", None, "eel"]) == ["cat", "1", "eel"]
    assert given_names({0: "cat", 2: "eel"}) == ["cat", "1", "eel"]


@pytest.mark.parametrize("wrong", ["cats", 3, [], set(NAMES), {"cat": 0.5}, None])
def test_what_users_give_that_is_no_names(wrong: Any) -> None:
    with pytest.raises(ValueError, match="class_names must be a list of names"):
        given_names(wrong)


NAMELESS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a number of classes": {"classes": 3},
    "no names": {"classes": []},
    "one name": {"classes": "cats"},
    "something else": {"class_to_idx": {"cat": 0.5}},
    "features without names": {"features": {"label": SimpleNamespace(dtype="int64")}},
}


@pytest.mark.parametrize("form", NAMELESS)
def test_datasets_without_names(form: str) -> None:
    assert names(Labelled(**NAMELESS[form])) is None


def test_a_property_that_fails_is_no_name() -> None:
    class Failing(Labelled):
        @property
        def classes(self) -> list[str]:
            raise FileNotFoundError("labels.txt")

    assert names(Failing()) is None


def test_synonyms_with_the_same_first_name_are_told_apart() -> None:
    classes = [("maillot",), ("maillot", "tank suit"), ("tench", "Tinca tinca")]
    assert names(Labelled(classes=classes)) == ["maillot", "maillot, tank suit", "tench"]


def test_imagenettes_names_are_those_people_know() -> None:
    known = torchvision_datasets.Imagenette._WNID_TO_CLASS
    found = class_names_of(Labelled(classes=list(known.values())), LABELS)
    assert found is not None
    assert found[:4] == ["tench", "English springer", "cassette player", "chain saw"]


WRAPPED: dict[str, Callable[[Any], Any]] = {
    "subset": lambda base: Subset(base, [5, 0, 2]),
    "random split": lambda base: random_split(base, [2, 4])[1],
    "subset of a subset": lambda base: Subset(Subset(base, [4, 3, 2]), [2, 0]),
    "concatenation": lambda base: ConcatDataset([base, Subset(base, [1, 1])]),
    "subset of a concatenation": lambda base: Subset(ConcatDataset([base, base]), [7, 2]),
    "one's own": lambda base: SimpleDataset(base),
}


class SimpleDataset(Labelled):
    """As people write them, to have another transform for the validation images."""

    def __init__(self, subset: Any) -> None:
        super().__init__([item[1] for item in subset])
        self.subset = subset


@pytest.mark.parametrize("targets", [{}, {"targets": LABELS}])
@pytest.mark.parametrize("wrapping", WRAPPED)
def test_datasets_of_datasets_have_the_names_of_those(wrapping: str, targets: Any) -> None:
    assert names(WRAPPED[wrapping](Labelled(classes=NAMES, **targets))) == NAMES


def test_parts_that_are_not_read_have_no_say() -> None:
    other = Labelled(classes=["x", "y", "z"])
    joined: Dataset[Any] = ConcatDataset([Labelled(classes=NAMES), other])
    refused(joined, "its parts have different ones")
    assert class_names_of(joined, LABELS, np.arange(6)) == NAMES
    refused(ConcatDataset([Labelled(classes=NAMES), Labelled()]), "its parts have different ones")


@pytest.mark.parametrize("targets", [{}, {"targets": LABELS}])
@pytest.mark.parametrize("wrapping", WRAPPED)
def test_mapped_labels_have_no_names(wrapping: str, targets: Any) -> None:
    """Of EMNIST's letters with `y - 1`, an a would be called "N/A", and a b "a"."""
    base = Labelled(classes=NAMES, target_transform=lambda y: (y + 1) % 3, **targets)
    refused(WRAPPED[wrapping](base), "changed when they are read|its target_transform may")


def test_a_mapping_that_changes_nothing_is_none() -> None:
    assert names(Labelled(classes=NAMES, targets=LABELS, target_transform=int)) == NAMES


def test_labels_that_a_wrapper_changes_have_no_names() -> None:
    class Swapped(SimpleDataset):
        def __getitem__(self, index: int) -> tuple[Any, int]:
            image, label = self.subset[index]
            return image, 2 - label

    refused(Swapped(Labelled(classes=NAMES, targets=LABELS)), "changed when they are read")


def test_labels_beyond_the_names_have_none() -> None:
    refused(Labelled(classes=NAMES[:2]), "there are 2, and an image has the label 2")


def test_labels_that_are_unknown_are_not_compared() -> None:
    labels = np.array([0, -1, 2, 0, 1, -1])
    dataset = Labelled(classes=NAMES, targets=LABELS)
    assert class_names_of(dataset, labels, np.arange(6)) == NAMES
    assert class_names_of(dataset, labels) == NAMES
    assert class_names_of(dataset, labels[2:4], np.array([2, 3])) == NAMES


def test_without_knowing_which_images_were_read() -> None:
    dataset = Labelled(classes=NAMES, targets=LABELS)
    assert class_names_of(dataset, LABELS[::-1]) == NAMES
    mapped = Labelled(classes=NAMES, targets=LABELS, target_transform=lambda y: 2 - y)
    with pytest.warns(RuntimeWarning, match="target_transform may change"):
        assert class_names_of(mapped, seen(mapped)) is None


class Stream(torch.utils.data.IterableDataset[Any]):
    classes = NAMES

    def __iter__(self) -> Iterator[Any]:
        return iter([])


def test_streams_and_lists() -> None:
    assert class_names_of(Stream(), LABELS) == NAMES
    assert class_names_of([(0, 1)], LABELS) is None
    assert class_names_of(None, LABELS) is None


def test_a_dataset_that_holds_itself_has_an_end() -> None:
    dataset = Labelled()
    vars(dataset)["dataset"] = dataset
    assert names(dataset) is None


class HuggingFace(Labelled):
    """As `datasets.Dataset` is: features with names, and columns, which a format may transform."""

    def __init__(self, columns: dict[str, list[int]], transformed: bool = False) -> None:
        super().__init__(columns["label"])
        self.columns = columns
        self.transformed = transformed
        self.features = {
            "img": SimpleNamespace(),
            "coarse_label": SimpleNamespace(names=["fish", "mammal"]),
            "label": SimpleNamespace(names=NAMES),
        }

    def with_format(self, kind: None) -> HuggingFace:
        assert kind is None
        return HuggingFace(self.columns)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, str):
            if self.transformed:
                raise KeyError("image")
            return self.columns[index]
        return super().__getitem__(index)


@pytest.mark.parametrize("transformed", [False, True])
def test_columns_of_labels_are_told_apart(transformed: bool) -> None:
    columns = {"label": LABELS.tolist(), "coarse_label": [1, 1, 0, 1, 1, 0]}
    dataset = HuggingFace(columns, transformed)
    ids = np.arange(6)
    assert class_names_of(dataset, LABELS, ids) == NAMES
    assert class_names_of(dataset, np.array(columns["coarse_label"]), ids) == ["fish", "mammal"]


def test_columns_that_cannot_be_read_are_told_apart_by_their_range() -> None:
    several = {"label": SimpleNamespace(names=NAMES), "coarse": SimpleNamespace(names=["a", "b"])}
    assert names(Labelled(features=several)) == NAMES
    refused(Labelled(LABELS % 2, features=several), "it has several, for labels of several kinds")


class TestOfTorchvision:
    """The real ones, on files of the form that they expect."""

    @pytest.fixture
    def pets(self, tmp_path: Any) -> Any:
        folder = tmp_path / "oxford-iiit-pet"
        (folder / "images").mkdir(parents=True)
        (folder / "annotations" / "trimaps").mkdir(parents=True)
        lines = ["Abyssinian_1 1 1 1", "american_bulldog_2 2 2 1", "Birman_3 3 1 2"]
        for line in lines:
            Image.new("RGB", (4, 4)).save(folder / "images" / f"{line.split()[0]}.jpg")
        (folder / "annotations" / "trainval.txt").write_text("\n".join(lines))
        return tmp_path

    def test_species_are_not_called_like_breeds(self, pets: Any) -> None:
        breeds = OxfordIIITPet(pets)
        assert names(breeds) == ["Abyssinian", "American Bulldog", "Birman"]
        species = OxfordIIITPet(pets, target_types="binary-category")
        assert seen(species).tolist() == [0, 1, 0]
        assert names(species) == ["Cat", "Dog"]
        assert names(Subset(species, [2, 1])) == ["Cat", "Dog"]

    @pytest.mark.parametrize("mapped", [False, True])
    def test_letters_from_1_on(self, tmp_path: Any, mapped: bool) -> None:
        """With `y - 1`, as training on them needs, an a would be called "N/A", and a b "a"."""
        letters = np.arange(1, 27, dtype=np.uint8)
        images = np.zeros((26, 28, 28), np.uint8)
        folder = tmp_path / "EMNIST" / "raw"
        folder.mkdir(parents=True)
        for kind, array in (("labels-idx1", letters), ("images-idx3", images)):
            head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            (folder / f"emnist-letters-test-{kind}-ubyte").write_bytes(head + array.tobytes())
        transform = (lambda y: y - 1) if mapped else None
        dataset = EMNIST(tmp_path, "letters", train=False, target_transform=transform)
        if mapped:
            refused(dataset, "changed when they are read")
        else:
            assert names(dataset) == ["N/A", *string.ascii_lowercase]

    def test_folders(self, tmp_path: Any) -> None:
        for name in NAMES:
            (tmp_path / name).mkdir()
            Image.new("RGB", (4, 4)).save(tmp_path / name / "1.png")
        assert names(ImageFolder(tmp_path)) == NAMES
        swapped = ImageFolder(tmp_path, target_transform=lambda y: 2 - y)
        refused(swapped, "changed when they are read")

    def test_without_names(self) -> None:
        assert names(FakeData(4, (3, 8, 8), 3)) is None
        assert names(TensorDataset(torch.zeros(3, 2), torch.tensor([0, 1, 2]))) is None
