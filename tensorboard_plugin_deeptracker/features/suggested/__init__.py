"""What is shown of a run before anybody has chosen anything."""
