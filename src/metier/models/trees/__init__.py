"""Token trees: shared starts computed once, the attention over them, and labels scored on them."""
