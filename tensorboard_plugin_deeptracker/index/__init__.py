"""The reader: from the log to the arrays of the paper's five indexes."""
