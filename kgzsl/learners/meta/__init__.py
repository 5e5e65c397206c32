"""Meta-learning: networks from descriptions to classifiers, trained on tasks."""
