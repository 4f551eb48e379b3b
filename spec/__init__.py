"""The laws: one folder per kata, written with what `spec.kit` offers."""
