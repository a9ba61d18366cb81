"""What goes wrong in a run: signs, computed of what was logged so far, dump by dump."""

from .catalogue import KINDS
from .follow import Follower
from .sign import ALARM, Kind, Sign
from .watch import Watch, signs

__all__ = ["ALARM", "KINDS", "Follower", "Kind", "Sign", "Watch", "signs"]
