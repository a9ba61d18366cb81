"""A feature as anybody might add one: a number for each image, logged every so often."""
