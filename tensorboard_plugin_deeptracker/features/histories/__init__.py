"""What became of each image over the validations, as scores of it."""
