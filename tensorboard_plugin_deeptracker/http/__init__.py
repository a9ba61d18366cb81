"""The HTTP side: parameters in, answers out."""
