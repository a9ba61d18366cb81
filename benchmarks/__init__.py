"""Measurements and the standing test log."""
