"""The laws of kata m09, convolutions."""
