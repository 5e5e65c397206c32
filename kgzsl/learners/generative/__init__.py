"""Generative learners: inputs of unseen classes are made up, and classifiers fitted on them."""
