"""The laws of m20: the capstone."""
