"""Ways to say which facts matter, one idea a file."""
