"""The bench's figures as lines for people, and as the page docs/benchmarks.md."""
from bench.measured import Comparison

COMMAND = "make bench"
RATIO_LIMIT, SPREAD_LIMIT, PER_SECOND = 1 / 3, 5.0, 300


def lines(found: Comparison) -> list[str]:
    """Both sides, the parts, many clients, and how each promise stands."""
    ours, theirs, many = found.decision, found.mlflow, found.throughput
    rows = [("", "requests", "p50 ms", "p90 ms", "p99 ms")]
    sides = (("rightful: full decision, assigned", ours),
             (f"mlflow models serve: scores alone ({next(iter(found.mlflow_formats))})", theirs),
             ("a bare write and fdatasync of as many bytes", found.disk))
    rows += [(name, str(side.requests), f"{side.p50_ms:.2f}", f"{side.p90_ms:.2f}", f"{side.p99_ms:.2f}") for name, side in sides]
    parts = [("where a decision's time goes (medians)", "ms"), *((name, f"{ms:.2f}") for name, ms in found.parts.items())]
    formats = ", ".join(f"{name} {ms:.1f} ms" for name, ms in found.mlflow_formats.items())
    kept = [f"{what}: {given} (promised: {promised}) {'kept' if holds else 'NOT KEPT'}"
            for what, given, promised, holds in promises(found)]
    return [*_table(rows), f"mlflow's input formats, tried before: {formats}; the fastest was compared", "", *kept,
            "", *_table(parts), "",
            f"{many.clients} clients, one worker: {many.per_second:.0f} decisions a second over {many.seconds:.1f} s, "
            f"p50 {many.p50_ms:.1f} ms, p99 {many.p99_ms:.1f} ms, {many.errors} errors"]


def promises(found: Comparison) -> list[tuple[str, str, str, bool]]:
    """What was promised, what was found, and whether it holds."""
    return [("a full decision's p50 over mlflow's", f"{found.ratio:.2f}", "at most 0.33", found.ratio <= RATIO_LIMIT),
            ("its p99 over its p50", f"{found.spread:.1f}", "at most 5", found.spread <= SPREAD_LIMIT),
            ("decisions a second with 16 clients", f"{found.throughput.per_second:.0f}", "at least 300",
             found.throughput.per_second >= PER_SECOND)]


def page(found: Comparison) -> str:
    """docs/benchmarks.md: the figures of one run, with what they were measured on."""
    setting = found.setting
    said = "\n".join(lines(found))
    return f"""# Benchmarks

`{COMMAND}` prints the figures below and writes this page; a run takes about two minutes. Both servers run at the same time
and are asked in turns over one kept connection each, so that whatever else the machine does meets both.

- Rightful: `POST /v1/recommendations` with `mode: assign` and an `Idempotency-Key`, another item each time: rules, features,
  score, exploration, explanation of the first five, fairness checks, document, and a commit that is on disk
  (SQLite, `synchronous=FULL`) before the answer leaves. {setting["eligible"]} of {setting["owners"]:,} owners are eligible,
  {setting["rules"]:,} territory rules, {setting["events"]:,} events folded; an answer is {setting["answer_bytes"]:,} bytes.
- MLflow: `mlflow models serve --env-manager local` scores the same {setting["eligible"]} rows, read back from the decisions'
  logged inputs, with the same booster ({setting["trees"]} trees, {setting["features"]} features). It decides, explains and
  stores nothing. It is asked in the input format
  that it answers fastest.
- Both compute on one thread. {setting["processors"]}, Python {setting["python"]}, LightGBM {setting["lightgbm"]},
  MLflow {setting["mlflow"]}, {setting["at"]}. The clients share the machine with the servers; the load average at the end
  was {setting["load"]}, where this run alone makes about 1.5: with more, others were at work and every figure is too high.

```
{said}
```

The parts come from the answers themselves (`timings_us` and `Server-Timing`); HTTP is what is left of the time that the
client measured. A decision waits for the disk and a score does not: on a machine whose disk is busy the bare write tells
how much of the commit that is. Where a promise is not kept the line says so.
"""


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows in columns, the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
            for row in rows]
