"""The command `deeptracker`: a file for each of its commands."""
