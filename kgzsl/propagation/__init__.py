"""How rows spread over the graph: operators over slots, chains of stages, and what an edit reaches."""
