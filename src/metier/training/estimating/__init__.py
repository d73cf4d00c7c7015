"""What a training will take: its work, a probe of single steps, and the micro-batch that fits."""
