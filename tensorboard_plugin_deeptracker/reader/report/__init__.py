"""A run as one report: what happened, with its figures and the pictures that prove it."""

from .gather import gather
from .html import html
from .markdown import markdown

__all__ = ["gather", "html", "markdown"]
