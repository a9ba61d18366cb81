"""What happened in a run: sentences that are true of its data, and which of them are told."""

from .sentence import Sentence
from .tell import MOST, sentences, story

__all__ = ["MOST", "Sentence", "sentences", "story"]
