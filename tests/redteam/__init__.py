"""Cheating and hostile submissions. Nothing here is imported but `makers`; see README.md."""
