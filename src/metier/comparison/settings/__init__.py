"""Parts of a recipe that stand by themselves, and how its file is read."""
