"""What is doubtful about the data: findings with the rows, samples, and what to do."""
