"""How code is loaded, isolated, judged, scored and reported. Knows no kata by name."""

__version__ = "0.1.0"
