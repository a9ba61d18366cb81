"""Layers -> the hierarchy of modules that hold them (paper, section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records import Layer, Node


def build_hierarchy(layers: Sequence[Layer], types: Mapping[str, str]) -> Node:
    """Builds the tree of modules above the layers, single-child levels collapsed.

    A module with one weighted child stands for nothing that the child does not, so
    only the child is kept, under its full name. The root always stays.

    Args:
        layers: In forward order; children are ordered by their first layer.
        types: Class names of the modules by path; the root's is the empty string.
    """
    paths = [tuple(layer.name.split(".")) for layer in layers]

    def node(depth: int, members: list[int]) -> Node:
        """The subtree of layers that share the first `depth` parts of their paths."""
        if len(paths[members[0]]) == depth:
            layer = layers[members[0]]
            return Node(layer.name, layer.type, layer=members[0])
        groups: dict[str, list[int]] = {}
        for member in members:
            groups.setdefault(paths[member][depth], []).append(member)
        if len(groups) == 1 and (depth > 0 or len(members) > 1):
            child = node(depth + 1, members)
            return child if depth else Node("", types[""], child.children)
        name = ".".join(paths[members[0]][:depth])
        children = tuple(node(depth + 1, group) for group in groups.values())
        return Node(name, types[name], children)

    return node(0, list(range(len(layers))))
