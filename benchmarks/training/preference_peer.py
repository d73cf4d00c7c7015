"""DPO and GRPO against TRL, same model, data, LoRA, batches, rate and reward, in turns in one run.

``python benchmarks/training/preference_peer.py --out FILE.json [--paradigms dpo grpo] [--rows 32] [--repeats 2]``;
``--table FILE.json`` prints the tables of an earlier run. Real text and the bundled SmolLM2 (``pairs.py``). Each
training is a process of its own; its adapter is then judged on held-out rows, the same way for both (``judged.py``):
does the reward margin (DPO), or the reward of the likeliest answers (GRPO), rise with both? Time is from the call that
trains, the reference included, to the last optimiser step; memory is the kernel's peak. Bound by the backward pass,
with GRPO by writing the answers too.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import environments
import pairs
from contend import load
from job import Job
from peers import LONGEST_SECONDS, Bench, Way, quiet_environment
from shapes import Made

OURS, THEIRS = "preference/metier", "preference/trl"
JUDGED = {"dpo": "margin", "grpo": "reward"}


class PreferenceBench(Bench):
    """Runs both, and judges what came of it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(arguments)
        self.sizes: dict[str, Any] = {
            "batch": arguments.batch,
            "answers": arguments.answers,
            "tokens": arguments.tokens,
        }
        self.rates = {"dpo": arguments.dpo_rate, "grpo": arguments.grpo_rate}

    def run(self, way: Way, made: Made, **changes: Any) -> dict[str, Any]:
        """One run of the shape's paradigm."""
        paradigm = made.facts["paradigm"]
        return super().run(way, made, paradigm=paradigm, rate=self.rates[paradigm], **self.sizes, **changes)

    def afterwards(self, job: Job) -> dict[str, Any]:
        """What the adapter does to held-out rows."""
        return self._judged(job, Path(job.scratch) / "adapter")

    def base(self, made: Made) -> dict[str, Any]:
        """What the model does before training."""
        with tempfile.TemporaryDirectory() as scratch:
            job = Job(
                contender="",
                setting="",
                onednn=False,
                model=str(made.model),
                data=str(made.data),
                scratch=scratch,
                prepared="",
                out="",
                threads=self.threads,
                paradigm=made.facts["paradigm"],
                **self.sizes,
            )
            return self._judged(job)

    def _judged(self, job: Job, *adapter: Path) -> dict[str, Any]:
        file = Path(job.scratch) / "judged.json"
        job.write(file)
        done = subprocess.run(
            [sys.executable, Path(__file__).parent / "judged.py", file, *adapter],
            capture_output=True,
            text=True,
            env=quiet_environment(self.threads, job.scratch),
        )
        if done.returncode:
            raise RuntimeError(f"judged.py failed: {done.stderr[-2000:]}")
        return json.loads(done.stdout.splitlines()[-1])


def table(found: dict[str, Any]) -> str:
    """Markdown: each setting's medians and its ratio to Metier's quickest, and what became of the reward."""
    parts = [f"{found['machine']['cpu']}, {found['machine']['threads']} threads; versions {found['versions']}"]
    for paradigm, facts in found["shapes"].items():
        judged = JUDGED[paradigm]
        runs = [run for run in found["runs"] if run["shape"] == paradigm]
        before = facts["before"][judged]
        ways = sorted({(run["contender"], run["setting"]) for run in runs if "error" not in run})
        middles = {way: _middle([run for run in runs if (run["contender"], run["setting"]) == way]) for way in ways}
        ours = min((m["seconds"] for way, m in middles.items() if way[0] == OURS), default=None)
        memory = min((m["peak_rss_mb"] for way, m in middles.items() if way[0] == OURS), default=None)
        parts += [
            f"\n**{paradigm}**: {facts['rows']} rows, {facts['prompt_tokens']} tokens of prompts; {judged} on "
            f"{facts['held_out']} held-out rows before training {before:.4f}\n",
            f"| | wall s | CPU-s | over Metier's | peak MB | over Metier's | steps | {judged}, each run | rises |",
            "|---|" + "---:|" * 8,
        ]
        for way, middle in sorted(middles.items(), key=lambda each: each[1]["seconds"]):
            values = [run[judged] for run in runs if (run["contender"], run["setting"]) == way and "error" not in run]
            parts.append(
                f"| {Path(way[0]).name} {way[1]} | {middle['seconds']:.1f} | {middle['cpu_seconds']:.1f} "
                f"| {_ratio(middle['seconds'], ours)} | {middle['peak_rss_mb']:.0f} "
                f"| {_ratio(middle['peak_rss_mb'], memory)} | {middle['steps']:.0f} "
                f"| {', '.join(f'{value:.4f}' for value in values)} "
                f"| {sum(value > before for value in values)} of {len(values)} |"
            )
        parts += [f"failed: {run['contender']} {run['setting']}: {run['error']}" for run in runs if "error" in run]
    return "\n".join(parts)


def _middle(runs: list[dict[str, Any]]) -> dict[str, float]:
    whole = [run for run in runs if "error" not in run]
    return {
        name: statistics.median(run[name] for run in whole)
        for name in ("seconds", "cpu_seconds", "peak_rss_mb", "steps")
    }


def _ratio(value: float, ours: float | None) -> str:
    return f"{value / ours:.2f} x" if ours else ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("preference.json"), help="everything that was measured")
    parser.add_argument("--paradigms", nargs="+", choices=list(JUDGED), default=list(JUDGED))
    parser.add_argument("--peers", nargs="+", choices=("metier", "trl"), default=["metier", "trl"])
    parser.add_argument("--rows", type=int, default=64, help="pairs, or prompts")
    parser.add_argument("--held-out", type=int, default=40)
    parser.add_argument("--batch", type=int, default=8, help="pairs, or prompts, of an optimiser step")
    parser.add_argument("--answers", type=int, default=8, help="GRPO: answers to a prompt")
    parser.add_argument("--tokens", type=int, default=12, help="GRPO: most tokens of an answer")
    parser.add_argument("--dpo-rate", type=float, default=1e-4)
    parser.add_argument("--grpo-rate", type=float, default=2e-4)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--settings", choices=("best", "all", "float32"), default="best")
    parser.add_argument("--model", type=Path, help="another causal model with ChatML; default: the bundled one")
    parser.add_argument("--longest", type=int, default=LONGEST_SECONDS, help="seconds after which a run is ended")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=environments.default_cache())
    parser.add_argument("--table", type=Path, help="print the tables of this file, and run nothing")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    if arguments.table:
        print(table(json.loads(arguments.table.read_text(encoding="utf-8"))))
        return
    from metier.models import locate

    bench = PreferenceBench(arguments)
    model = arguments.model or locate("builtin", folder=Path.cwd()).path
    rows = pairs.make(arguments.rows, arguments.held_out, arguments.cache, model)
    made: dict[str, Made] = {}
    for paradigm in arguments.paradigms:
        made[paradigm] = rows._replace(facts={**rows.facts, "paradigm": paradigm})
        bench.found["shapes"][paradigm] = {**made[paradigm].facts, "before": bench.base(made[paradigm])}
    for round_ in range(1, arguments.repeats + 1):
        for paradigm, shape in made.items():
            for name in arguments.peers:
                module = load(f"preference/{name}")
                known = {"best": module.BEST, "all": tuple(module.SETTINGS)}
                for setting in known.get(arguments.settings, (arguments.settings,)):
                    bench.time(paradigm, Way(f"preference/{name}", setting, False), shape, round_)
    print(table(bench.found))


if __name__ == "__main__":
    main()
