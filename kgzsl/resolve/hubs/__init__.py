"""Cures of hubness: a few classes that are near to most inputs."""
