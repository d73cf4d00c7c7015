"""What building and using an approach will take, one kind of System a file; see :mod:`metier.approaches.estimating`."""
