"""Protocols of zero-shot learning, done right by one call; what they find is a report that can be repeated."""
