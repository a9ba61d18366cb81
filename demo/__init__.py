"""Trains a CNN and logs everything about it: a first look, and a place to try things out."""
