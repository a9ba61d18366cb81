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

    def list(self, entries: Sequence[str]) -> None:
        """Sentences, one below the other."""

    def table(
        self, table: words.Table, pictures: Sequence[tuple[str, str | bytes | None]] = ()
    ) -> None:
        """A table; with a name and a picture for each row at its end."""

    def figure(self, name: str, svg: str) -> None:
        """A chart of its own."""

    def sign(self, own: Mapping[str, Any]) -> None:
        """A sign: how severe, since when, what, what is done about it."""


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
    form.heading("What happened")
    if answer["story"]:
        form.list([each["text"] for each in answer["story"]])
    else:
        form.paragraph("Nothing to tell yet: too few validations or dumps were logged.")
    form.heading("What went wrong")
    for each in answer["signs"]:
        form.sign(each)
    if not answer["signs"]:
        form.paragraph("No sign of anything.")
    _rest(answer, "signs", form)
    _errors(answer, form)
    _tables(answer, images, form)
    chart = figures.map_(answer)
    if chart:
        form.heading("The map")
        form.paragraph(
            f"Images that the network takes for alike lie together, at iteration"
            f" {words.at(answer['map']['step'])}; coloured by their labels."
        )
        form.figure("map", chart)


def _errors(answer: Mapping[str, Any], form: Form) -> None:
    chart, ended = figures.error_rates(answer), words.error(answer)
    if chart is None:
        return
    form.heading("The error over time")
    if ended:
        form.paragraph(ended)
    form.figure("error-rates", chart)
    if answer["anomalies"]:
        marked = words.at(answer["anomalies"][0]["step"])
        form.paragraph(
            "Anomalies: iterations at which many images of a class flip at once. The one with most"
            f" images, {marked}, is marked in the chart."
        )
        form.table(words.anomalies(answer))


def _tables(answer: Mapping[str, Any], images: Mapping[str, bytes], form: Form) -> None:
    if answer["classes"]:
        form.heading("The classes, those with the largest error first")
        form.paragraph("Error rate over time, from 0 to 100 %; dashed: when it was learned.")
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
