"""Metier's fine-tuning engine against TRL, LLaMA-Factory, LitGPT, torchtune and the plain Trainer, in turns in one run.

``python benchmarks/training/peers.py --out FILE.json [--shapes a b c] [--peers trl litgpt] [--repeats 3] [--rows N]
[--settings best|all|float32] [--longest SECONDS] [--cache DIR]``; ``--check only`` shows that all train the same tokens
to the same loss; ``--table FILE.json`` prints the tables of an earlier run. Same model, rows, optimiser batch of 8 and
LoRA of rank 16 on all linear layers, one epoch, AdamW; every run is a process of its own. The first round tries every
setting of a contender, those in float32 also with the oneDNN flag; later rounds repeat, in turns, those within 20% of
its fastest, of Metier and of peers that took at most half as long again as the best.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import environments
import flops
import shapes
import tables
from contend import load
from job import Job

CONTENDERS = ("metier", "trainer", "trl", "llamafactory", "litgpt", "torchtune")
CHECKED_ROWS = 8
STILL = 1e-12  # a rate that moves nothing: the loss of all steps is that of the first weights
CLOSE = 1.2  # settings slower than a contender's fastest by more are not repeated
IN_REACH = 1.5  # peers that took longer than the best one by more are not repeated
LONGEST_SECONDS = 3600  # a setting that takes longer is ended, and told as not finished


class Way(NamedTuple):
    """A contender at one of its settings."""

    contender: str
    setting: str
    onednn: bool


class Bench:
    """Runs contenders and keeps what they report.

    Args:
        arguments: of the command line.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.cache, self.threads, self.out = arguments.cache, arguments.threads, arguments.out
        self.longest: int = arguments.longest
        self.found: dict[str, Any] = {
            "machine": _machine(self.threads),
            "versions": {name: environments.versions(name, self.cache) for name in arguments.peers},
            "peaks": [],
            "shapes": {},
            "checks": [],
            "runs": [],
        }

    def prepare(self, name: str, rows: int | None) -> shapes.Made:
        """Make a shape, and note what is in it and how many operations it takes."""
        made = shapes.make(name, self.cache, rows=rows)
        config = json.loads((made.model / "config.json").read_text(encoding="utf-8"))
        facts = made.facts
        operations = flops.of_task(config, facts["lengths"], facts["trained_tokens"], Job.rank)
        self.found["shapes"][name] = {**facts, "flops": operations, "lengths": None}
        return made

    def peak(self) -> None:
        """Measure the matrix peak in a process of its own."""
        done = subprocess.run(
            [sys.executable, Path(flops.__file__), str(self.threads)],
            check=True,
            capture_output=True,
            text=True,
            env=quiet_environment(self.threads, ""),
        )
        self.found["peaks"].append(json.loads(done.stdout))
        print("matrix peak, GFLOP/s:", self.found["peaks"][-1], flush=True)

    def run(self, way: Way, made: shapes.Made, **changes: Any) -> dict[str, Any]:
        """One run; ``error`` in the result where it failed."""
        prepared = made.model if way.contender != "litgpt" else self.cache / "converted" / f"litgpt-{_name(made.model)}"
        with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
            job = Job(
                contender=way.contender,
                setting=way.setting,
                onednn=way.onednn,
                model=str(made.model),
                data=str(made.data),
                scratch=str(Path(scratch) / "work"),
                prepared=str(prepared),
                out=str(Path(scratch) / "result.json"),
                threads=self.threads,
                **changes,
            )
            Path(job.scratch).mkdir()
            if way.contender == "litgpt" and not (prepared / "model_config.yaml").is_file():
                prepared.mkdir(parents=True, exist_ok=True)
                if error := self._child(job, Path(scratch), "--prepare"):
                    shutil.rmtree(prepared)
                    return {"error": error}
            load_before = os.getloadavg()[0]
            error = self._child(job, Path(scratch))
            if error:
                return {"error": error}
            measured = json.loads(Path(job.out).read_text(encoding="utf-8"))
            return {**measured, "load_before": load_before, **self.afterwards(job)}

    def afterwards(self, job: Job) -> dict[str, Any]:
        """What is measured of a training's result before its files are thrown away: here nothing."""
        return {}

    def _child(self, job: Job, scratch: Path, *options: str) -> str:
        """Run the contender's process; the end of its output where it failed, else nothing."""
        job.write(scratch / "job.json")
        python = environments.python_of(Path(job.contender).name, self.cache)
        command = [python, Path(__file__).parent / "contend.py", scratch / "job.json", *options]
        try:
            done = subprocess.run(
                command,
                cwd=job.scratch,
                env=quiet_environment(self.threads, str(scratch)),
                capture_output=True,
                text=True,
                timeout=self.longest,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            return f"not finished after {self.longest} s"
        return (done.stdout[-600:] + done.stderr[-1800:]).strip() if done.returncode else ""

    def check_all(self, made: dict[str, shapes.Made], of: list[Way]) -> None:
        """Check all, and say who does other work."""
        for name, shape in made.items():
            for way in of:
                self.check(name, way, shape)
        for problem in tables.disagreements(self.found):
            print("NOT THE SAME:", problem, flush=True)

    def check(self, name: str, way: Way, made: shapes.Made) -> None:
        """Whether a contender trains the same tokens of the same rows to the same loss as the others."""
        result = self.run(way, made, first=CHECKED_ROWS, rate=STILL)
        self.found["checks"].append({"shape": name, **way._asdict(), **result})
        self.save()
        seen = result.get("error") or f"{result['trained_tokens']} trained tokens, loss {result['mean_loss']:.5f}"
        print(f"check {name}: {_label(way)}: {seen}", flush=True)

    def time(self, name: str, way: Way, made: shapes.Made, round_: int) -> None:
        """One timed run."""
        result = self.run(way, made)
        self.found["runs"].append({"shape": name, "round": round_, **way._asdict(), **result})
        self.save()
        seen = result.get("error") or f"{result['seconds']:.2f} s, {result['cpu_seconds']:.2f} CPU-s"
        print(f"round {round_}, {name}: {_label(way)}: {seen}", flush=True)

    def worth_repeating(self, name: str, way: Way) -> bool:
        """Whether a setting came near the fastest of its contender in round 1, and its contender near the best."""
        first = [
            run
            for run in self.found["runs"]
            if (run["shape"], run["onednn"], run["round"]) == (name, way.onednn, 1) and "seconds" in run
        ]
        own = {run["setting"]: run["seconds"] for run in first if run["contender"] == way.contender}
        if way.setting not in own or own[way.setting] > CLOSE * min(own.values()):
            return False
        peers = [run["seconds"] for run in first if run["contender"] != "metier"]
        return way.contender == "metier" or min(own.values()) <= IN_REACH * min(peers)

    def save(self) -> None:
        """Write everything so far."""
        self.out.write_text(json.dumps(self.found, indent=1), encoding="utf-8")


def ways(peers: list[str], choice: str, flags: tuple[bool, ...]) -> Iterator[Way]:
    """Every contender at its settings, those of one flag together; the flag is about products of float32 alone.

    On a processor without bfloat16 products the best settings are those of ``float32``.
    """
    for onednn in flags:
        for contender in peers:
            module = load(contender)
            for setting in module.SETTINGS if choice == "all" else module.BEST:
                if "float32" in setting or (not onednn and (choice != "float32" or contender == "metier")):
                    yield Way(contender, setting, onednn)


def _label(way: Way) -> str:
    return f"{way.contender} {way.setting}{' + oneDNN' if way.onednn else ''}"


def _name(model: Path) -> str:
    return f"{model.parent.name}-{model.name}"


def quiet_environment(threads: int, scratch: str) -> dict[str, str]:
    """The same for all: the CPU, offline, no telemetry; Metier from this working copy."""
    source = str(Path(__file__).parents[2] / "src")
    quiet = {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DISABLE_VERSION_CHECK": "1",
        "WANDB_MODE": "disabled",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_DATASETS_CACHE": f"{scratch}/datasets",
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": str(threads),
        "PYTHONPATH": source,
    }
    return {**os.environ, **quiet}


def _machine(threads: int) -> dict[str, Any]:
    cpu = platform.processor()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), cpu)
    return {"cpu": cpu, "cores": os.cpu_count(), "threads": threads, "python": platform.python_version()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("peers.json"), help="everything that was measured")
    parser.add_argument("--shapes", nargs="+", choices=list(shapes.SHAPES), default=["a", "b", "c"])
    parser.add_argument("--peers", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help="contenders to run")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, help="rows of every shape; by default its own number")
    parser.add_argument("--settings", choices=("best", "all", "float32"), default="best")
    parser.add_argument("--flags", choices=("both", "plain"), default="both", help="plain: without the oneDNN column")
    parser.add_argument("--longest", type=int, default=LONGEST_SECONDS, help="seconds after which a run is ended")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=environments.default_cache())
    parser.add_argument("--check", choices=("first", "only", "no"), default="first", help="that all do the same work")
    parser.add_argument("--table", type=Path, help="print the tables of this file, and run nothing")
    arguments = parser.parse_args()
    if arguments.rows is not None and (arguments.rows < 1 or arguments.rows % Job.batch):
        parser.error(f"--rows must be a multiple of {Job.batch}: LitGPT and torchtune drop an unfinished step")
    return arguments


def main() -> None:
    arguments = _arguments()
    if arguments.table:
        print(tables.markdown(json.loads(arguments.table.read_text(encoding="utf-8"))))
        return
    bench = Bench(arguments)
    made = {name: bench.prepare(name, arguments.rows) for name in arguments.shapes}
    if arguments.check != "no":
        bench.check_all(made, list(ways(arguments.peers, arguments.settings, (False,))))
    if arguments.check == "only":
        return
    flags = (False, True) if arguments.flags == "both" else (False,)
    bench.peak()
    for round_ in range(1, arguments.repeats + 1):
        for name, shape in made.items():
            for way in ways(arguments.peers, arguments.settings, flags):
                if round_ == 1 or bench.worth_repeating(name, way):
                    bench.time(name, way, shape, round_)
    bench.peak()
    bench.save()
    print(tables.markdown(bench.found))


if __name__ == "__main__":
    main()
