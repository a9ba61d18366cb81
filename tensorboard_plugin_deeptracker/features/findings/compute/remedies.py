"""What is usually done about what a rule finds: a sentence each, and where to read more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remedy:
    """What to do.

    Attributes:
        says: A sentence.
        source: Who says so.
        url: Where.
    """

    says: str
    source: str
    url: str


RESTART = Remedy(
    "Go back to the last checkpoint with finite weights, lower the learning rate, and let anomaly"
    " detection name the operation that fails.",
    "PyTorch, torch.autograd.detect_anomaly",
    "https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection",
)
CLIP = Remedy(
    "Clip the norm of the gradients; in mixed precision, scale the loss and skip such steps.",
    "Pascanu et al. 2013; Micikevicius et al. 2018",
    "https://arxiv.org/abs/1710.03740",
)
REVIVE = Remedy(
    "Initialise for rectifiers, give units a gradient below zero (leaky or parametric ReLU), or"
    " lower the learning rate at the beginning.",
    "He et al. 2015",
    "https://arxiv.org/abs/1502.01852",
)
UNFREEZE = Remedy(
    "Unless it is frozen on purpose, see that its parameters require gradients, are given to the"
    " optimizer and are used in the loss.",
    "PyTorch, Autograd mechanics",
    "https://docs.pytorch.org/docs/stable/notes/autograd.html#setting-requires-grad",
)
RAISE_RATE = Remedy(
    "Raise the learning rate, unless it has been lowered on purpose and the loss no longer falls.",
    "CS231n, Ratio of weights:updates",
    "https://cs231n.github.io/neural-networks-3/#ratio",
)
LOWER_RATE = Remedy(
    "Lower the learning rate; if it is only the beginning, warm it up over the first epochs.",
    "Goyal et al. 2017",
    "https://arxiv.org/abs/1706.02677",
)
LOOK_AT_NORM = Remedy(
    "Look at the filter's weight norm: before a normalisation layer a small norm makes the"
    " effective learning rate large, and less weight decay keeps it from shrinking.",
    "van Laarhoven 2017",
    "https://arxiv.org/abs/1706.05350",
)
FULL_PRECISION = Remedy(
    "Evaluate in float32 and look for the first layer whose values are not finite: float16 ends"
    " at 65,504.",
    "Hugging Face, Underflow and overflow detection",
    "https://huggingface.co/docs/transformers/debugging",
)
