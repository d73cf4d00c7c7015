"""Train, validation and test, so that nothing that belongs together is torn apart.

``division`` follows the split that came with the data or makes one (``splits/``: one file for each way);
``near_copies`` and ``minhash`` find the rows that must stay on one side; ``thinning`` draws fewer rows for learning
curves.
"""
