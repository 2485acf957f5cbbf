"""Retraining for a scheduler: data checks, drift, training, gate, challenger in shadow, report, as one pipeline.

Nothing here promotes, unless asked for. The store's champion moves in one place and challengers in another, both at the end; a
pipeline that ends early, or is killed, leaves both as they were and no trace but a bundle that nobody uses. What was learnt from
is noted last, so that a broken run is done again and a whole one is not.
"""
import contextlib
import fcntl
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from rules.digests import digest_of
from rules.errors import BundleError, Refused
from rules.files import write_whole
from rules.progress import Progress, silent
from serving.ranking.bundle import bundle_path, load_bundle
from serving.runtime.settings import FILE
from serving.runtime.version import VERSION
from serving.runtime.workspace import Workspace
from training.judge.moved import DriftReport, compared
from training.learn.source import Source, read_source
from training.promotion import Condition, challenge, check, gate, lost, promote
from training.report.page import PAGE, kept
from training.report.trained import TrainReport
from training.retrain import train

ACTOR = "retrain"
LOCK = ".retrain.lock"
STEPS = ("data", "drift", "train", "gate", "challenger", "report")
Ending = Literal["done", "drifted", "nothing new", "data refused", "not learnt", "gate not passed", "running already"]
#: How a scheduler reads it; 1 is any other refusal and 2 wrong usage, as of every command.
EXITS: dict[Ending, int] = {"done": 0, "nothing new": 3, "data refused": 4, "not learnt": 5, "gate not passed": 6,
                            "running already": 7, "drifted": 8}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step and what came of it."""

    name: str
    told: str


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """What one run did for one objective; `steps` that were reached, in order."""

    objective: str
    ending: Ending = "done"
    steps: tuple[Step, ...] = ()
    version: str | None = None
    bundle: str | None = None
    champion: str | None = None
    challenger: str | None = None
    conditions: tuple[Condition, ...] = ()
    drift: DriftReport | None = None
    report: str | None = None
    learnt: TrainReport | None = field(default=None, repr=False)

    def and_then(self, name: str, told: str, **found: Any) -> "Retrained":
        """The same after one more step."""
        return replace(self, steps=(*self.steps, Step(name=name, told=told)), **found)

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"objective": self.objective, "ending": self.ending, "exit": EXITS[self.ending],
                "steps": [asdict(step) for step in self.steps], "version": self.version, "bundle": self.bundle,
                "champion": self.champion, "challenger": self.challenger,
                "conditions": [asdict(one) for one in self.conditions],
                "drift": None if self.drift is None else self.drift.as_json(), "report": self.report}


@contextlib.contextmanager
def alone(workspace: Workspace) -> Iterator[bool]:
    """Keep others from retraining in this workspace meanwhile; whether nobody else does already.

    Let go of by itself when the process ends, however it ends.
    """
    with (workspace.folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def retrain(workspace: Workspace, kind: str, progress: Progress = silent, *, because: str | None = None, force: bool = False,
            put_in_force: bool = False, write_up: Callable[["Retrained"], str] | None = None) -> Retrained:
    """The whole pipeline for one objective; `write_up` makes the report's text, `put_in_force` promotes what passes the gate."""
    run, say = Retrained(objective=kind, champion=workspace.store.champion(kind)), _numbered(kind, progress)
    new = learnt_from(workspace, kind, because)
    if not force and workspace.store.active(f"retrain:{kind}") == new:
        return replace(run, ending="nothing new", challenger=workspace.store.challenger(kind)).and_then(
            "data", "nothing new came in since the last retraining; --force does it again")
    try:
        say("data")
        source = read_source(workspace, kind, because)
    except Refused as why:
        return run.and_then("data", str(why), ending="data refused")
    run = run.and_then("data", f"{len(source.table):,} assignments, {int(source.table.settled.sum()):,} with a label, "
                               f"{len(source.card.findings)} findings")
    say("drift")
    run = _drift(workspace, source, run)
    try:
        say("train")
        report = train(workspace, kind, progress, because=because, source=source)
    except Refused as why:
        return run.and_then("train", str(why), ending="not learnt")
    run = run.and_then("train", f"version {report.version}: {report.verdict.signal}", version=report.version,
                       bundle=report.bundle_hash, learnt=report)
    say("gate")
    run = _gated(workspace, run)
    say("challenger")
    run = _placed(workspace, run, put_in_force=put_in_force)
    if run.ending == "done" and run.drift is not None and run.drift.alarms:
        run = replace(run, ending="drifted")
    if write_up is not None:
        say("report")
        name = f"reports/retrain-{kind}-{run.version}"
        (workspace.folder / "reports").mkdir(exist_ok=True)
        run = run.and_then("report", f"{name}.txt and {name}.html", report=f"{name}.txt")
        write_whole(workspace.folder / f"{name}.txt", write_up(run))
        write_whole(workspace.folder / f"{name}.html", kept(workspace, kind, run.bundle)[PAGE])
    workspace.store.activate(f"retrain:{kind}", new, {"summary.json": json.dumps(run.as_json(), sort_keys=True)}, actor=ACTOR)
    return run


def learnt_from(workspace: Workspace, kind: str, because: str | None) -> str:
    """A digest of all that a training reads: the log's end, book, people, settings, code, and the reason for passing marks."""
    files = {path.relative_to(workspace.folder).as_posix(): digest_of(path.read_bytes())
             for path in sorted((*workspace.folder.glob("*.csv"), *workspace.folder.glob("tables/*"), workspace.rulebook_path,
                                 workspace.folder / FILE)) if path.is_file()}
    told = [kind, workspace.store.head().last_seq, files, VERSION, because or ""]
    return digest_of(json.dumps(told, sort_keys=True).encode())


def _numbered(kind: str, progress: Progress) -> Callable[[str], None]:
    return lambda step: progress(f"{kind}: step {STEPS.index(step) + 1} of {len(STEPS)}, {step}")


def _drift(workspace: Workspace, source: Source, run: Retrained) -> Retrained:
    """What moved since the champion was trained."""
    if run.champion is None:
        return run.and_then("drift", "not compared: no model ranks yet")
    try:
        bundle = load_bundle(bundle_path(workspace.bundles, run.champion))
        found = compared(source, bundle, workspace.store.expectations(run.champion))
    except (Refused, BundleError) as why:
        return run.and_then("drift", f"not compared: {why}")
    alarms = ", ".join(f"{one.of} {one.name}" for one in found.alarms)
    return run.and_then("drift", f"alarms: {alarms}" if alarms else f"no alarm on {found.recent_rows:,} later assignments",
                        drift=found)


def _gated(workspace: Workspace, run: Retrained) -> Retrained:
    bundle = check(workspace, run.objective, run.bundle or "")
    conditions = gate(workspace, bundle)
    worse = lost(conditions)
    run = replace(run, conditions=conditions)
    if not bundle.has_signal:
        return run.and_then("gate", f"not passed: {bundle.signal}, {bundle.signal_reason}", ending="gate not passed")
    if worse is not None:
        return run.and_then("gate", f"not passed: {worse.name}: {worse.verdict}", ending="gate not passed")
    unsure = sum(one.told == "cannot tell" for one in conditions)
    return run.and_then("gate", "passed" + (f", {unsure} conditions cannot tell" if unsure else ""))


def _placed(workspace: Workspace, run: Retrained, *, put_in_force: bool) -> Retrained:
    """Promoted where that is asked for, else beside the champion in shadow; who meets it on the coin is left alone."""
    store, kind, bundle = workspace.store, run.objective, run.bundle or ""
    standing = store.challenger(kind)
    if run.ending != "done":
        return run.and_then("challenger", "as before", challenger=standing)
    if bundle == run.champion:
        return run.and_then("challenger", "the champion was learnt from the same: nothing to meet it with", challenger=standing)
    if put_in_force:
        promote(workspace, bundle, kind, actor=ACTOR)
        return run.and_then("challenger", f"promoted: version {run.version} ranks from now on", champion=bundle)
    if run.champion is None:
        return run.and_then("challenger", f"nobody ranks yet: let it with `rightful promote {run.version} --objective {kind}`")
    if standing is not None and standing != bundle and not store.in_shadow(kind):
        return run.and_then("challenger", f"version {run.version} waits: {standing} meets the champion on the coin",
                            challenger=standing)
    challenge(workspace, bundle, kind, actor=ACTOR, shadow=True)
    return run.and_then("challenger", f"version {run.version} ranks in the champion's shadow; `rightful challenge {run.version}` "
                                      "lets the coin fall on it", challenger=bundle)
