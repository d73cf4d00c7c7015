"""What a paradigm needs beside its objective: preferences, reinforcement, distillation, replay, several tasks."""
