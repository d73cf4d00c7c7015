"""Building and asking approaches: jobs, their processes, heats and learning curves, and what is kept of them."""
