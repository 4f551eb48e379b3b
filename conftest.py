"""Loads the plugin that gives laws their `ask`; everything else is in grading/."""

pytest_plugins = ["grading.plugin"]
