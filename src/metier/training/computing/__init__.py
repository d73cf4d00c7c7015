"""What steps compute with: precision, memory, losses over large vocabularies, quick dropout, fused adapters."""
