"""Runs made of what others have logged: no PyTorch."""
