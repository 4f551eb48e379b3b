"""The laws of kata m12, attention."""
