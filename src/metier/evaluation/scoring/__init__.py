"""What the metrics compute with: overlaps, spans, probabilities, classes, rankings."""
