"""`deeptracker report`: what it claims is what the run answers, and it is whole in every form."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from tensorboard_plugin_deeptracker import SummaryWriter, open_run

from .calling import ask, call

_TEXT_TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "ol", "li",
    "b", "a", "span", "div", "table", "thead", "tbody", "tr", "th", "td", "img", "figure",
    "figcaption", "svg", "path", "text", "rect", "circle",
}  # fmt: skip


class Page(HTMLParser):
    """What is in a page: its elements, its text, its pictures, where it leads."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(content)
        self.text = " ".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def run(example: Path) -> Path:
    return example / "runs" / "example"


def test_it_claims_what_the_run_answers(run: Path) -> None:
    answer, opened = ask("report", run, "--top", "3"), open_run(run)
    assert [each["text"] for each in answer["story"]] == [
        each["text"] for each in ask("story", run)["sentences"]
    ]
    assert answer["signs"] == ask("signs", run, "--top", "3")["signs"]
    assert answer["anomalies"] == ask("anomaly", run)["iterations"]
    trained = answer["trained"]
    assert trained["weights"] == 8 * 3 * 3 * 3 + 288 * 4
    assert (trained["layers"], trained["filters"], trained["dumps"]) == (2, 12, 30)
    rates = opened.error_rates()
    (curve,) = answer["error_rates"]
    assert curve["error_rate"] == rates.overall.tolist()
    names = opened.class_names()
    worst = sorted(range(4), key=lambda i: (-rates.classes[i, -1], i))[:3]
    assert [each["class"] for each in answer["classes"]] == [names[i] for i in worst]
    for each in answer["classes"]:
        own = rates.classes[names.index(each["class"])]
        since = rates.steps >= each["learned_at"]
        assert each["least"] == own[since].min()
        assert each["least"] == own[rates.steps.tolist().index(each["least_at"])]
        assert ask("class", run, each["class"])["learned_at"] == each["learned_at"]
    scores = opened.image_scores(sort="right", order="up", top_k=3)
    assert [each["id"] for each in answer["hardest"]] == scores.ids
    assert answer["left_out"]["hardest"] == 77
    stats = opened.layer_stats("update_ratio")
    for layer in answer["layers"]:
        values = stats.values[stats.nodes.index(layer["layer"])]
        assert layer["largest"] == pytest.approx(float(np.nanmax(values)))
    # At iteration 150 deer are learned: 14 images, of which three are shown.
    (flips,) = [each for each in answer["story"] if each["images"]]
    assert (flips["kind"], flips["step"], len(flips["images"])) == ("learned_at_once", 150, 3)
    for each in flips["images"]:
        assert each["predicted"] == each["class"] != each["before"]


def test_one_page_without_scripts(run: Path, tmp_path: Path) -> None:
    assert call("report", run, "-o", tmp_path / "report.html").output == ""
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]
    content = (tmp_path / "report.html").read_text()
    page, answer = Page(content), ask("report", run)
    assert page.tags <= _TEXT_TAGS
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    # Nothing is loaded from elsewhere, and it says nothing of where the run lies.
    loaded = [value for name, value in page.attributes if name == "src"]
    assert all(value.startswith("data:image/png;base64,") for value in loaded)
    assert "url(" not in content
    assert str(run.parent) not in content
    for sentence in answer["story"]:
        assert sentence["text"] in page.text
    for sign in answer["signs"]:
        assert sign["says"] in page.text
        assert sign["advice"]["says"] in page.text
    # The pictures are the images, in the order of the tables that they stand in.
    shown = [each["id"] for sentence in answer["story"] for each in sentence["images"]]
    shown += [each["id"] for name in ("hardest", "suspicious") for each in answer[name]]
    assert len(loaded) == len(shown)
    opened = open_run(run)
    for own, identifier in zip(loaded, shown, strict=True):
        png = base64.b64decode(own.partition(",")[2])
        logged = opened.image(identifier)
        with Image.open(io.BytesIO(png)) as a, Image.open(io.BytesIO(logged)) as b:
            assert (np.asarray(a) == np.asarray(b.convert("RGB"))).all()


def test_markdown_has_its_pictures_beside_it(run: Path, tmp_path: Path) -> None:
    for _ in range(2):  # A second one takes the place of the first.
        (tmp_path / "a run_files").mkdir(exist_ok=True)
        (tmp_path / "a run_files" / "layer-99.svg").touch()
        assert call("report", run, "-o", tmp_path / "a run.md").output == ""
        assert sorted(each.name for each in tmp_path.iterdir()) == ["a run.md", "a run_files"]
    links = re.findall(r"!\[[a-z0-9-]+\]\(([^)]+)\)", (tmp_path / "a run.md").read_text())
    there = {each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("*.*g")}
    assert {unquote(link) for link in links} == there
    assert "a run_files/error-rates.svg" in there
    plain = call("report", run)
    assert "![" not in plain.stdout
    assert plain.stdout.startswith("# example\n")


def test_an_interruption_leaves_what_was_there(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, pictures = tmp_path / "r.md", tmp_path / "r_files"
    report.write_text("earlier")
    pictures.mkdir()
    (pictures / "map.svg").write_text("earlier")
    write = Path.write_bytes

    def interrupted(path: Path, content: bytes) -> int:
        if path.name == "class-2.svg":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    said = call("report", run, "-o", report)
    assert (said.exit_code, said.stderr) == (3, f"Error: {report}: No space left on device\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["r.md", "r_files"]
    assert [report.read_text(), (pictures / "map.svg").read_text()] == ["earlier"] * 2


@pytest.mark.parametrize("logged", ["nothing", "images", "weights", "not evaluated", "predictions"])
def test_a_run_that_has_only_begun(tmp_path: Path, logged: str) -> None:
    from torch import nn

    model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(8, 2))
    with SummaryWriter(tmp_path / "run") as writer:
        if logged in ("nothing", "weights"):
            writer.add_model(model)
        else:
            writer.add_validation_set([0, 1], ["a", "b"])
        if logged == "weights":
            writer.add_weights(model, 0)
            writer.add_weights(model, 1)
        if logged == "not evaluated":
            writer.add_predictions([-1, -1], 0)
        if logged == "predictions":
            writer.add_predictions([0, 0], 0)
    for form in ("html", "md", "json"):
        said = call("report", tmp_path / "run", "-o", tmp_path / f"report.{form}")
        assert (said.exit_code, said.output) == (0, "")
    page = Page((tmp_path / "report.html").read_text())
    assert "Nothing to tell yet" in page.text
    assert "No signs." in page.text
    assert ("weights were logged 2 times" in page.text) == (logged == "weights")
    assert ("50.0% of validation" in page.text) == (logged == "predictions")


def test_names_are_text(tmp_path: Path) -> None:
    names = [
        "<script>alert(1)</script>",
        "](javascript:x) **b** | c\n# d",
        "&amp;\u202e$x$",
        "x" * 5000,
    ]
    labels = np.repeat(np.arange(4), 5)
    with SummaryWriter(tmp_path / "<b>run") as writer:
        writer.add_image_set("<i>set", labels, names, ids=[f"<u>{i}" for i in range(20)])
        for step in range(6):
            writer.add_predictions(np.where(step > 2, labels, 0), step, image_set="<i>set")
    for form in ("html", "md"):
        assert call("report", tmp_path / "<b>run", "-o", tmp_path / f"r.{form}").output == ""
    page = Page((tmp_path / "r.html").read_text())
    assert page.tags <= _TEXT_TAGS
    assert names[0] in page.text
    assert "<i>set" in page.text
    assert "\u202e" not in page.text
    text = (tmp_path / "r.md").read_text()
    assert not re.search(r"(?<!\\)<(?!https:)", text)
    assert r"\]\(javascript" not in text  # The bracket alone is what makes a link.
    assert r"\](javascript:x) \*\*b\*\* \| c" in text
    assert "\n# d" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["-o", "x.doc"], 2, "must end in one of .html, .md, .json"),
        (["--image-set", "trian"], 2, "no image set 'trian': there are validation"),
        (["-o", "nowhere/x.html"], 3, "nowhere/x.html: No such file"),
        (["-o", "mine.md"], 2, "mine_files: is where the pictures would be"),
    ],
)
def test_what_is_wrong_is_said(
    run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine_files").mkdir()
    Path("mine_files", "thesis.tex").touch()
    said = call("report", run, *arguments)
    assert said.exit_code == code, said.output
    assert reason in said.stderr
    assert [each.name for each in tmp_path.rglob("*")] == ["mine_files", "thesis.tex"]
