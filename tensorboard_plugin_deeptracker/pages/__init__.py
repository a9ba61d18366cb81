"""Views of runs without a TensorBoard around them: in notebooks, and as pages to put anywhere."""
