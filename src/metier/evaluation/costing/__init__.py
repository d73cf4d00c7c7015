"""What an approach costs: latency, memory, energy, money."""
