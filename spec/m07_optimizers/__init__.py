"""The laws of m07: what is done with a gradient, and what is kept for the next one."""
