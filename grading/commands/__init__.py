"""The commands of grader.py, one module for each of those who run them."""
