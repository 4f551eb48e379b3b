"""The laws of kata m17, acceleration."""
