"""Graph networks: their base, layers in torch, training, and trained layers as stages of propagation."""
