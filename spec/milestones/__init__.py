"""Milestones: ML history re-created on the learner's own code, one folder each."""
