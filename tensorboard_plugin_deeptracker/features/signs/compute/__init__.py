"""What goes wrong in a run: signs, computed of what was logged so far, dump by dump."""

from .catalogue import KINDS
from .sign import Kind, Sign
from .watch import Watch, signs

__all__ = ["KINDS", "Kind", "Sign", "Watch", "signs"]
