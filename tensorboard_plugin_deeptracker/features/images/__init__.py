"""Image sets: which images are evaluated, their classes, and what they look like."""
