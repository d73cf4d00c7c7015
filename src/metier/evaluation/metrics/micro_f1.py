"""Micro-F1: F1 over the decisions of all classes together.

With one label an item, every wrong answer is one false positive (of the class answered) and one false negative (of the
right class), so precision, recall and F1 are all the share of right items, as scikit-learn's
``f1_score(average="micro")`` confirms. Being a share, it gets exact intervals and tests. It differs from accuracy as
soon as an item can have several labels.
"""

from metier.evaluation.statistics.item_mean import item_mean

micro_f1 = item_mean("micro_f1", lambda target, answer: target == answer, kinds=("classify",), proportion=True)
"""For one label an item, in name the field's micro-F1, in value accuracy."""
