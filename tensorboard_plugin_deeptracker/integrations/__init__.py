"""The tracker as a callback of training frameworks; each module needs its framework."""
