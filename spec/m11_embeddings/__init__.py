"""The laws of kata m11, embeddings."""
