"""What all computing shares: its errors, aggregates of matrices, the worker. Knows no HTTP."""
