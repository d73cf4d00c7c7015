"""Around the loop of steps: optimiser, schedule, several processes, checkpoints, stopping, the gate at the end."""
