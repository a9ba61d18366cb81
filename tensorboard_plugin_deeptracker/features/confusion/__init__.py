"""Which classes are predicted as which, at a validation."""
