"""Which filters made images flip, where that was tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....compute.names import a_layer
from ...causes.compute import LEAST, SIGNIFICANT, Found, excess, is_beyond_chance, share
from ...images.records import ImageSet
from .sentence import Sentence, a_class, at, count, link


def of_causes(run: str, found: Sequence[Found], name: str, images: ImageSet) -> Iterator[Sentence]:
    """The strongest effect beyond chance, and what moved most there and did not do it.

    Args:
        run: Its name.
        found: What experiments found.
        name: Of an image set.
        images: The image set.
    """
    tried = [each for each in found if each.effect.how == "put_back"]
    causes = [
        each for each in tried if each.kind and each.measured.draws and is_beyond_chance(each)
    ]
    if not causes:
        return
    top = max(causes, key=excess)
    assert top.kind is not None
    label, to_right = top.kind
    measured = top.measured
    text = (
        f"At {at(top.step)}, {measured.changed:,} of {count(measured.images, 'image')} of"
        f" {a_class(images.class_names[label])} that became {'right' if to_right else 'wrong'} are"
        f" as before when {_group(top)} that moved most are put back to what they were at"
        f" {top.since:,} (chance: {measured.chance:.1f}, p {_p(measured.p)})."
    )
    idle = [
        layer
        for each in tried
        if each.step == top.step and each.kind is None and _is_idle(each)
        for layer in each.effect.filters
    ]
    if idle:
        text += f" Those of {_listed(idle)} alone do not do it."
    shown = link(
        run,
        "correlation",
        top.step,
        run__imageSet=name,
        screen__selected=("class", label),
    )
    yield Sentence("cause", text, top.step, 0.7, shown)


def as_a_whole(found: Sequence[Found], layer: str, step: int) -> str:
    """What a layer does when all of it is put back, in a clause; nothing where it was not tried."""
    for each in found:
        effect = each.effect
        whole = effect.how == "put_back" and list(effect.filters) == [layer]
        if each.step == step and each.kind is None and whole and effect.name == layer:
            changed, flips = each.measured.changed, count(each.measured.images, "flip")
            verb = "reverts" if changed == 1 else "revert"
            return f" Put back to what it was at {each.since:,}, {changed:,} of {flips} {verb}."
    return ""


def _is_idle(found: Found) -> bool:
    """Whether a layer's most moved filters do no more than chance."""
    one = len(found.effect.filters) == 1 and found.measured.draws > 0
    return one and not (found.measured.p <= SIGNIFICANT and share(found) >= LEAST)


def _group(found: Found) -> str:
    filters = count(found.effect.size, "filter")
    names = list(found.effect.filters)
    of = f"of {a_layer(names[0])}" if len(names) == 1 else f"of {len(names)} layers"
    return f"the {filters} {of}"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _listed(names: list[str]) -> str:
    *most, last = map(a_layer, dict.fromkeys(names))
    return f"{', '.join(most)} and {last}" if most else last
