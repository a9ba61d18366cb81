"""What happened in a run: sentences that are true of its data, and which of them are told."""

from .course import course
from .of_classes import learned_at
from .sentence import Sentence
from .tell import MOST, sentences, story

__all__ = ["MOST", "Sentence", "course", "learned_at", "sentences", "story"]
