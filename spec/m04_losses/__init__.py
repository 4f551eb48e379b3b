"""The laws of kata 4, losses."""
