"""What is worth a look in the layers, by rules."""
