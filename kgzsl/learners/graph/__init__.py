"""Graph propagation: classifiers spread over the class graph."""
