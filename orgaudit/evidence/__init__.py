"""What is kept of a run, and that it stays what it was."""
