"""What the rules of findings find, as signs: there is one catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....compute.names import a_layer
from ...findings.compute import Finding, Found
from ...layers.records import Model
from .of_images import NOT_FINITE
from .of_layers import RESTLESS
from .of_updates import RATIO_HIGH, RATIO_LOW
from .sign import Kind, Sign

# Dead filters and frozen layers are seen dump by dump, too, and sooner.
_KINDS = {
    name: kind for kind in (NOT_FINITE, RATIO_LOW, RATIO_HIGH, RESTLESS) for name in kind.findings
}
_MOST = 0.45


def of_findings(model: Model, found: Sequence[Found], steps: Sequence[int]) -> Iterator[Sign]:
    """The signs that findings are.

    Args:
        model: The run's model.
        found: In its layers.
        steps: Of its dumps.
    """
    groups: dict[tuple[str, int], list[Finding]] = {}
    for layer, finding in found:
        if finding.rule.name in _KINDS:
            groups.setdefault((finding.rule.name, layer), []).append(finding)
    for (name, layer), own in groups.items():
        kind = _KINDS[name]
        first, last = (steps[each] for each in (own[0].first, own[0].last))
        yield Sign(
            kind,
            first,
            steps[-1] if kind is NOT_FINITE else last,
            1.0 if kind is NOT_FINITE else min(_MOST, own[0].rule.severity),
            _says(kind, model.layers[layer].name, own),
            layer=model.layers[layer].name,
            filters=tuple(each.filter for each in own if each.filter is not None),
        )


def _says(kind: Kind, layer: str, found: Sequence[Finding]) -> str:
    name = a_layer(layer)
    if kind is NOT_FINITE:
        return f"{found[0].rule.title}: {name}."
    if kind is RESTLESS:
        return f"{len(found):,} filters of {name} still change when the others have settled."
    return f"The update ratio of {name} has a median of {found[0].value:.2g}."
