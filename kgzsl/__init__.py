"""kgzsl."""
