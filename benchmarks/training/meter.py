"""Time, memory, trained tokens and first loss of a training, read from torch itself: the same way for every contender.

The clock starts before the first forward pass in training mode of a module that holds the model's embedding, or where a
contender says so (what comes before its first step may be a part of the work), and stops after the last optimiser step.
Loading, tokenising, packing before the first step and saving are outside of it.
"""

import os
import time
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_post_hook


class Meter:
    """Hooks into torch on construction.

    Args:
        vocabulary: rows of the model's embedding; smaller models (a self-test's, say) do not start the clock.
    """

    def __init__(self, vocabulary: int) -> None:
        self.vocabulary = vocabulary
        self.steps = self.trained_tokens = self.peak = 0
        self.loss = 0.0
        self.begun: tuple[float, float] | None = None
        self.ended: tuple[float, float] | None = None
        self.startup = 0.0
        self._first: list[tuple[int, float]] = []
        self._hook = register_module_forward_pre_hook(self._before_forward)
        self._step_hook = register_optimizer_step_post_hook(self._after_step)

    def begin(self) -> None:
        """Start the clock now."""
        self._hook.remove()
        self.startup = time.time() - _process_started()
        self.begun = time.perf_counter(), time.process_time()

    def batch(self, tokens: int, loss: float) -> None:
        """Called by a contender for each micro-batch, where its loss is computed.

        Args:
            tokens: how many carry loss.
            loss: summed over them, in nats.
        """
        self.trained_tokens += tokens
        self.loss += loss
        if not self.steps:
            self._first.append((tokens, loss))

    def result(self) -> dict[str, Any]:
        """What was measured: seconds, MB (10^6 bytes), nats a token. Takes the hooks away."""
        self._hook.remove()
        self._step_hook.remove()
        assert self.begun, "no training was seen"
        assert self.ended, "no optimiser step was seen"
        tokens = sum(count for count, _ in self._first)
        return {
            "seconds": self.ended[0] - self.begun[0],
            "cpu_seconds": self.ended[1] - self.begun[1],
            "startup_seconds": self.startup,
            "peak_rss_mb": self.peak / 1e6,
            "steps": self.steps,
            "trained_tokens": self.trained_tokens,
            "first_loss": sum(loss for _, loss in self._first) / tokens if tokens else None,
            "mean_loss": self.loss / self.trained_tokens if self.trained_tokens else None,
            "threads": torch.get_num_threads(),
        }

    def _before_forward(self, module: Any, _inputs: Any) -> None:
        if not (module.training and torch.is_grad_enabled()):
            return
        embeddings = (part for part in module.modules() if isinstance(part, torch.nn.Embedding))
        if any(part.num_embeddings >= self.vocabulary for part in embeddings):
            self.begin()

    def _after_step(self, *_: Any) -> None:
        if self.begun:
            self.ended = time.perf_counter(), time.process_time()
            self.steps += 1
            self.peak = _peak_bytes()  # here, not at the end: merging and saving afterwards do not count


def _peak_bytes() -> int:
    """Largest resident memory of this process; the kernel's own mark, since rusage keeps the parent's across exec."""
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def _process_started() -> float:
    """Unix time at which this process was started (Linux)."""
    with open("/proc/self/stat", encoding="utf-8") as file:
        ticks = int(file.read().rpartition(")")[2].split()[19])
    with open("/proc/uptime", encoding="ascii") as file:
        uptime = float(file.read().split()[0])
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
