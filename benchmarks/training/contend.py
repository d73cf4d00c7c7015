"""The process of one contender: ``python contend.py JOB.json [--prepare]``; started by ``peers.py``, not by hand.

Sets what is the same for all (threads, the matrix library), then calls ``run(job, meter)`` of ``contenders/NAME.py``.
That file is loaded by its path: as a script its folder would stand on the import path, and ``trl.py`` hide trl.
"""

import importlib.util
import json
import sys
import traceback
from pathlib import Path
from types import ModuleType

import job as jobs


def load(name: str) -> ModuleType:
    """The module of a contender."""
    path = Path(__file__).parent / "contenders" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"contender_{name}", path)
    assert spec, path
    assert spec.loader, path
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    job = jobs.read(Path(sys.argv[1]))
    contender = load(job.contender)
    if "--prepare" in sys.argv:
        contender.prepare(job)
        return
    import torch
    from meter import Meter

    torch.set_num_threads(job.threads)
    if job.onednn:
        torch.set_float32_matmul_precision("medium")
    meter = Meter(job.config()["vocab_size"])
    contender.run(job, meter)
    Path(job.out).write_text(json.dumps(meter.result()), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # SystemExit too: a peer that ends itself is a failed run
        traceback.print_exc()
        sys.exit(1)
