"""The map: how the network sees its images, at every iteration that it is logged."""
