"""Tests of grading/ and spec/kit/, of the stubs, and of how strong the laws are."""
