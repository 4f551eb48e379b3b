"""The laws of m10: characters, words, merges, special tokens, vocabulary files."""
