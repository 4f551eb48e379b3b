"""What a vocabulary does to a text, in numbers."""

from __future__ import annotations

from .bpe import BPETokenizer
from .characters import CharTokenizer


def token_stats(tokenizer: CharTokenizer | BPETokenizer, text: str) -> dict[str, int | float]:
    """How `tokenizer` cuts up `text`.

    Returns:
        A dict with, in this order:

        - "vocab_size": ids that there are
        - "characters", "bytes": the length of the text, in characters and in UTF-8
        - "tokens": ids that the text becomes
        - "used": different ids among them
        - "bytes_per_token": bytes of the text for each id, 0.0 for an empty text

    >>> token_stats(BPETokenizer(), "née")
    {'vocab_size': 256, 'characters': 3, 'bytes': 4, 'tokens': 4, 'used': 4, 'bytes_per_token': 1.0}
    """
    # BEGIN SOLUTION
    ids = tokenizer.encode(text)
    size = len(text.encode())
    return {
        "vocab_size": tokenizer.vocab_size,
        "characters": len(text),
        "bytes": size,
        "tokens": len(ids),
        "used": len(set(ids)),
        "bytes_per_token": size / len(ids) if ids else 0.0,
    }
    # END SOLUTION
