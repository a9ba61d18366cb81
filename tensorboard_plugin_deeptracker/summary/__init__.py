"""The writer: from a training loop to the log. Only here is torch imported."""
