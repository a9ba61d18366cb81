"""Logs read in Python: no server, no PyTorch."""
