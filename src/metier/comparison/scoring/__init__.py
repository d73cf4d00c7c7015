"""From answers to a leaderboard and advice: metrics, graders and judges, costs, and what follows from them."""
