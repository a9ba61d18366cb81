"""Layers and filters: how the weights of a model move while it is trained."""
