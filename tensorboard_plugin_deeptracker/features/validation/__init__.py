"""Predictions for an image set: which classes and images are learned when."""
