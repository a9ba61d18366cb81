"""Experiments with filters."""
