"""Trained tokens and losses inside ``transformers.Trainer`` and its heirs: TRL and LLaMA-Factory."""

from typing import Any


def count_in_trainer(meter: Any) -> None:
    """Wrap ``Trainer.training_step``: count the labels that carry loss, and note the loss that it returns."""
    from transformers import Trainer

    step = Trainer.training_step

    def counted(self: Any, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        # The first token of a row (or of a packed row) is predicted by nothing, so its label carries no loss.
        tokens = int((inputs["labels"][:, 1:] != -100).sum())
        loss = step(self, model, inputs, num_items_in_batch)
        # With the number of items the loss is their share of the step's mean, else the mean of the micro-batch.
        items = (
            tokens * self.args.gradient_accumulation_steps if num_items_in_batch is None else int(num_items_in_batch)
        )
        meter.batch(tokens, float(loss) * items)
        return loss

    Trainer.training_step = counted
