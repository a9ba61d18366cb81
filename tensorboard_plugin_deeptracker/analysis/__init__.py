"""The algorithms: pure functions on arrays, without files and without HTTP."""
