"""Weights, gradients and moments split over the processes of a training (FSDP2 of torch).

Each layer is a unit: its whole weights are brought together for the time that it computes, and let go again. Gradients
are added up, not averaged, as everywhere here: the loss of a step is a sum already divided by the step's weight. What
leaves the training (checkpoints, the best weights) is whole, so that any number of processes may go on with it.
"""

from __future__ import annotations

from typing import Any

from metier.core import TrainingError
from metier.models.wrapping import base_of, layers_of


def split(module: Any, device: Any) -> None:
    """Split ``module`` in place over all processes of the group, layer by layer, and move the parts to ``device``.

    Raises:
        TrainingError: its layers are no list of their own.
    """
    import torch
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FSDPModule, fully_shard

    layers = layers_of(base_of(module))
    if layers is None:
        raise TrainingError(f"{type(base_of(module)).__name__} has no list of layers by which it could be split.")
    mesh = init_device_mesh(torch.device(device).type, (torch.distributed.get_world_size(),))
    for part in (*layers, module):
        fully_shard(part, mesh=mesh)
        assert isinstance(part, FSDPModule)
        part.set_gradient_divide_factor(1.0)
        part.set_force_sum_reduction_for_comms(True)


def let_go(module: Any) -> None:
    """Hold parts alone again. A forward pass without a backward one leaves the outermost weights whole."""
    from torch.distributed.fsdp import FSDPModule

    for part in module.modules():
        if isinstance(part, FSDPModule):
            part.reshard()


def whole(tensor: Any) -> Any:
    """All of a tensor that is split; another one as it is. All processes must ask for the same ones, in one order."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def part_of(tensor: Any, like: Any) -> Any:
    """What of a whole ``tensor`` stands beside ``like``: this process's part where that is split."""
    if not hasattr(like, "full_tensor"):
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements, src_data_rank=None)
