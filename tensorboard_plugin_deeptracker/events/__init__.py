"""The log format that the writer and the viewer share; see docs/log_format.md."""
