"""The structure of a ResNet-50, without torch: 54 layers, 27,560 filters."""

from __future__ import annotations

from tensorboard_plugin_deeptracker.features.layers.records import Layer, Model, Node

_STAGES = ((3, 64), (4, 128), (6, 256), (3, 512))
_EXPANSION = 4


def resnet50(classes: int = 1000, width: int = 1) -> Model:
    """The layers, hierarchy and data flow of a ResNet-50 (He et al., 2016).

    Args:
        classes: Rows of the last layer.
        width: Factor on the number of filters of every convolution.
    """
    layers: list[Layer] = []
    edges: list[tuple[int, int]] = []

    def add(name: str, kind: str, shape: tuple[int, ...], sources: list[int]) -> Node:
        edges.extend((source, len(layers)) for source in sources)
        layers.append(Layer(name, kind, shape[0], shape))
        return Node(name, kind, layer=len(layers) - 1)

    channels = 64 * width
    modules = [add("conv1", "Conv2d", (channels, 3, 7, 7), [])]
    sources = [0]
    for stage, (blocks, base) in enumerate(_STAGES, start=1):
        planes = base * width
        block_nodes = []
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            shapes = [
                (planes, channels, 1, 1),
                (planes, planes, 3, 3),
                (planes * _EXPANSION, planes, 1, 1),
            ]
            nodes: list[Node] = []
            for i, shape in enumerate(shapes, start=1):
                before = sources if i == 1 else [len(layers) - 1]
                nodes.append(add(f"{name}.conv{i}", "Conv2d", shape, before))
            last = len(layers) - 1
            if block == 0:
                shape = (planes * _EXPANSION, channels, 1, 1)
                nodes.append(add(f"{name}.downsample.0", "Conv2d", shape, sources))
                sources = [last, len(layers) - 1]
            else:
                # The identity shortcut: what flowed into this block flows on beside it.
                sources = [*sources, last]
            channels = planes * _EXPANSION
            block_nodes.append(Node(name, "Bottleneck", tuple(nodes)))
        modules.append(Node(f"layer{stage}", "Sequential", tuple(block_nodes)))
    modules.append(add("fc", "Linear", (classes, channels), sources))
    kernels = 0 if width == 1 else None  # Wider ones are too large to be logged.
    root = Node("", "ResNet", tuple(modules))
    return Model(tuple(layers), root, tuple(edges), kernels=kernels)
