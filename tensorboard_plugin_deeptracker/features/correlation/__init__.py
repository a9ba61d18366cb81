"""Which filters move when which classes flip."""
