"""Before a run: a recipe drafted, data made ready, approaches chosen, work and questions estimated, problems found."""
