"""What stands in a report, in which order: told to whoever writes it in a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from . import figures, words


class Form(Protocol):
    """Writes the parts of a report as HTML, or Markdown."""

    def heading(self, text: str) -> None:
        """A section's title."""

    def paragraph(self, text: str) -> None:
        """A sentence or some."""

    def caption(self, text: str) -> None:
        """What a picture shows; nothing where there are none."""

    def list(self, entries: Sequence[str], *, numbered: bool = False) -> None:
        """Sentences, one below the other."""

    def images(self, of: str, entries: Sequence[tuple[str, str, bytes]]) -> None:
        """Images beside each other: the names of files, what stands below them, and PNGs."""

    def table(
        self, table: words.Table, pictures: Sequence[tuple[str, str | bytes | None]] = ()
    ) -> None:
        """A table; with a name and a picture for each row at its end."""

    def figure(self, name: str, svg: str) -> None:
        """A chart of its own."""

    def sign(self, own: words.Sign) -> None:
        """Signs of a kind: how severe, since when, what, what is done about it."""


def tell(answer: Mapping[str, Any], images: Mapping[str, bytes], form: Form) -> None:
    """Tells a form all that is in a report.

    Args:
        answer: See `gather`.
        images: PNGs by the identifiers of images.
        form: Is told.
    """
    form.heading("What was trained")
    form.list(words.trained(answer))
    if answer["problems"]:
        form.paragraph(f"Not all of the log could be read: {'; '.join(answer['problems'])}.")
    _happened(answer, images, form)
    form.heading("What went wrong")
    for each in words.signs(answer):
        form.sign(each)
    if not answer["signs"]:
        form.paragraph("No signs.")
    _rest(answer, "signs", form)
    _errors(answer, form)
    _tables(answer, images, form)
    chart = figures.map_(answer)
    if chart:
        form.heading("The map")
        form.paragraph(
            f"Images that look alike to the network lie together, at iteration"
            f" {words.at(answer['map']['step'])}; coloured by their labels."
        )
        form.figure("map", chart)
    elif answer["map_failure"]:
        form.heading("The map")
        form.paragraph(f"There is none: {answer['map_failure']}.")


def _happened(answer: Mapping[str, Any], images: Mapping[str, bytes], form: Form) -> None:
    form.heading("What happened")
    told = answer["story"]
    if not told:
        form.paragraph("Nothing to tell yet: no class was learned, or too little was logged.")
        return
    form.list([each["text"] for each in told], numbered=True)
    for i, sentence in _of(told):
        shown = [
            (f"story-{i}-{n}", words.flip(each), images[str(each["id"])])
            for n, each in _of(sentence["images"])
            if str(each["id"]) in images
        ]
        if shown:
            form.images(f"Images of sentence {i}: predicted before and then", shown)


def _errors(answer: Mapping[str, Any], form: Form) -> None:
    chart, ended = figures.error_rates(answer), words.error(answer)
    if chart is None:
        return
    form.heading("The error over time")
    if ended:
        form.paragraph(ended)
    form.figure("error-rates", chart)
    if any(each["step"] is not None for each in answer["story"]):
        form.caption("Numbered lines: what the sentences above tell of.")
    if answer["anomalies"]:
        form.paragraph(
            "Anomalies: iterations at which many images of a class flip at once, those with most"
            " images first."
        )
        form.table(words.anomalies(answer))
        _rest(answer, "anomalies", form)


def _tables(answer: Mapping[str, Any], images: Mapping[str, bytes], form: Form) -> None:
    if answer["classes"]:
        form.heading("The classes, those with the largest error first")
        form.caption("Error rate over time, from 0 to 100 %; dashed: when it was learned.")
        rows = answer["classes"]
        form.table(
            words.classes(answer), [(f"class-{i}", figures.of_class(own)) for i, own in _of(rows)]
        )
        _rest(answer, "classes", form)
    if answer["layers"]:
        form.heading("How the layers changed")
        form.paragraph("Update ratio: length of a weight update over the length of the weights.")
        chart = figures.layers(answer)
        if chart:
            form.figure("layers", chart)
        rows = answer["layers"]
        form.table(
            words.layers(answer), [(f"layer-{i}", figures.of_layer(own)) for i, own in _of(rows)]
        )
        _rest(answer, "layers", form)
    for name, title in (
        ("hardest", "The hardest images"),
        ("suspicious", "Labels that are probably wrong"),
    ):
        if answer[name]:
            form.heading(title)
            pictures = [(f"{name}-{i}", images.get(str(own["id"]))) for i, own in _of(answer[name])]
            form.table(
                words.images(answer, name), pictures if any(own for _, own in pictures) else ()
            )
            _rest(answer, name, form)
    if answer["effects"]:
        form.heading("What filters did, by experiment")
        form.paragraph(
            "Filters were put back to what they were; only what is beyond chance is listed."
        )
        form.table(words.effects(answer))
        _rest(answer, "effects", form)


def _of(rows: Sequence[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(rows, 1))


def _rest(answer: Mapping[str, Any], name: str, form: Form) -> None:
    said = words.left(answer, name)
    if said:
        form.paragraph(said)
