"""What runs beside the learner's code: the wire, the loader, the import policy, the limits.

Imports NumPy, msgpack and the standard library, and nothing else of this repository.
"""
