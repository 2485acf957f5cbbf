"""The bench's figures as lines for people, and as the page docs/benchmarks.md."""
from bench.measured import Comparison, Latency

COMMAND = "make bench"
RATIO_LIMIT, SPREAD_LIMIT, PER_SECOND = 1 / 3, 5.0, 300


def lines(found: Comparison) -> list[str]:
    """Each round with both sides, the parts, many clients, and how each promise stands."""
    many = found.throughput
    rows = [("", "requests", "p50 ms", "p90 ms", "p99 ms")]
    for one in found.rounds:
        rows += [_row("rightful: a full decision, assigned", one.decision),
                 _row(f"mlflow: {one.name} ({one.format})", one.mlflow),
                 _row("a bare write and fdatasync of as many bytes", one.disk)]
    parts = [("where a decision's time goes (medians)", "ms"), *((name, f"{ms:.2f}") for name, ms in found.parts.items())]
    tried = [f"{one.name}: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in one.formats_ms.items()) for one in found.rounds]
    kept = [f"{what}: {given} (promised: {promised}) {'kept' if holds else 'NOT KEPT'}"
            for what, given, promised, holds in promises(found)]
    return [*table(rows), "", *kept, "", "mlflow's input formats, tried before each round; the fastest was compared", *tried,
            "", *table(parts), "",
            f"{many.clients} clients, one worker: {many.per_second:.0f} decisions a second over {many.seconds:.1f} s, "
            f"p50 {many.p50_ms:.1f} ms, p99 {many.p99_ms:.1f} ms, {many.errors} errors"]


def promises(found: Comparison) -> list[tuple[str, str, str, bool]]:
    """What was promised, what was found, and whether it holds."""
    return [*((f"a full decision's p50 over mlflow's, {one.name}", f"{one.ratio:.2f}", "at most 0.33", one.ratio <= RATIO_LIMIT)
              for one in found.rounds),
            ("its p99 over its p50", f"{found.spread:.1f}", "at most 5", found.spread <= SPREAD_LIMIT),
            ("decisions a second with 16 clients", f"{found.throughput.per_second:.0f}", "at least 300",
             found.throughput.per_second >= PER_SECOND)]


def _row(name: str, latency: Latency) -> tuple[str, ...]:
    return name, str(latency.requests), f"{latency.p50_ms:.2f}", f"{latency.p90_ms:.2f}", f"{latency.p99_ms:.2f}"


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
  logged inputs. It decides, explains and stores nothing. It is asked in the input format that it answers fastest, in three
  rounds: with the same booster ({setting["trees"]} trees, {setting["features"]} features) logged bare, with the same booster
  logged with its signature, as MLflow's documentation asks, and with a booster of the usual size of a ranker that is not
  split into an item's and a pair's part, on the same rows with random columns added.
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


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows in columns, the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
            for row in rows]
