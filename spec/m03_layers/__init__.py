"""The laws of kata m03, layers."""
