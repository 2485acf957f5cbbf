"""What training commands say on paper: layers and coefficients, the four models, versions, conditions."""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from features.catalogue import catalogue, counts_items
from training.learn.metrics import Interval, logloss
from training.report.figures import LAYERS, told_of_layers

if TYPE_CHECKING:
    from serving.admission.card import DatasetCard
    from training.judge.evaluate import Evaluation
    from training.judge.moved import DriftReport, Measure
    from training.promotion import Promotion
    from training.registry import ModelVersion
    from training.report.trained import TrainReport

HOURS = (("hours over constant", "a constant"), ("hours over item", "the item"))
#: Coefficients smaller than this, per standard deviation of the feature, are not worth a line.
WORTH_A_LINE = 1e-6


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Aligned columns as lines."""
    cells = [tuple(header), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def training_lines(report: "TrainReport") -> list[str]:
    """A training on one screen."""
    prepared, parts, backtest = report.prepared, report.parts, report.backtest
    if counts_items(parts.plan):
        return _agreement_training(report)
    rows = prepared.table
    lines = [f"objective {parts.objective}: {len(rows)} assignments, {int(rows.settled.sum())} settled, "
             f"{len(prepared.pairs)} fitted, as of {prepared.as_of.isoformat(timespec='seconds')}",
             f"owners differ in general by {parts.plan.effects.k_owner ** -0.5:.2f} log-odds "
             f"(k {parts.plan.effects.k_owner:g})"]
    lines += [f"  by {found.name}: {found.deviation:.2f} log-odds (k {found.k:g}), likelihood ratio {found.ratio:.1f}, "
              f"{'taken' if found.taken else 'left out'}" for found in prepared.components]
    if backtest is not None:
        lines += ["", f"what each layer adds on {len(backtest.y)} later rows, learnt anew as of "
                      f"{', '.join(f'{origin:%Y-%m-%d}' for origin in backtest.origins)} (log loss saved per row, 95 % interval)"]
        lines += table(("layer", "gain"), [(words, backtest.gains[name]) for name, words in LAYERS.items()])
        if parts.hours is not None:
            told = [f"over {words} {(gain := backtest.gains[name])} ({gain.answer})" for name, words in HOURS]
            lines += [f"half of such items take {parts.hours.within:g} h * exp(-{parts.hours.spread:.3f} * log-odds); the hours "
                      f"themselves, log-likelihood gained per later row, open ones as longer than so far: {'; '.join(told)}"]
        lines += [f"log loss {logloss(backtest.full, backtest.y):.5f}, item alone "
                  f"{logloss(backtest.item, backtest.y):.5f}, a constant {logloss(backtest.constant, backtest.y):.5f}; "
                  f"ridge {report.choice.ridge:g}, s {parts.s:g}, a {parts.a:+.4f}, b {parts.b:.4f}",
                  told_of_layers(report.choice)]
    lines += ["", "coefficients of the straight line (log-odds per unit)", *coefficient_lines(report), ""]
    lines += [f"{report.verdict.signal}: {report.verdict.reason}"]
    lines += card_lines(report.card)
    lines += [f"bundle {report.bundle_hash}" + (f", version {report.version}" if report.version else "")]
    lines += ["seconds: " + ", ".join(f"{stage} {taken:.1f}" for stage, taken in report.seconds.items())]
    return lines


def report_lines(told: Mapping[str, Any]) -> list[str]:
    """A report's verdict and what each layer adds, from its figures as data."""
    lines, judged = [told["sentence"], f"{told['signal']}: {told['reason']}"], told["judged"]
    if judged is not None:
        slope, said, origins = judged["slope"], judged["said"]["value"], ", ".join(origin[:10] for origin in judged["origins"])
        lines += ["", f"objective {told['objective']}: {judged['rows']:,} later rows, learnt anew as of {origins}",
                  f"{judged['happened']:.1%} succeeded, {said:.1%} were said to; calibration slope {slope['value']:.2f} "
                  f"[{slope['low']:.2f}, {slope['high']:.2f}]",
                  "log loss saved per row, 95 % interval",
                  *table(("layer", "gain"), [(words, Interval(**judged["gains"][name])) for name, words in LAYERS.items()])]
    lines += agreement_lines(told.get("agreement"))
    return [*lines, told["layers"], f"bundle {told['versions']['bundle']}; `--html FILE` writes all of it as a page"]


def _agreement_training(report: "TrainReport") -> list[str]:
    """The same where it was learnt who owned such items."""
    parts, table_, found = report.parts, report.prepared.table, report.agreement
    return [f"objective {parts.objective}: {len(table_)} assignments, {int(table_.settled.sum())} with a final owner, "
            f"{len(report.prepared.pairs)} slates of two or more fitted",
            *(agreement_lines(found.as_json()) if found else []), f"{report.verdict.signal}: {report.verdict.reason}",
            *card_lines(report.card), f"bundle {report.bundle_hash}" + (f", version {report.version}" if report.version else ""),
            "seconds: " + ", ".join(f"{stage} {taken:.1f}" for stage, taken in report.seconds.items())]


def card_lines(card: "DatasetCard") -> list[str]:
    """A dataset card in short: what was found of the log, and the columns that tell most of the outcome."""
    lines = [f"dataset card: {card.assignments:,} assignments, {card.settled:,} with a label, {card.successes:,} successes, "
             f"{card.unrecorded:,} whose outcome nobody recorded, {card.owners:,} owners"]
    judged = sorted((one for one in card.columns if one.auc is not None), key=lambda one: -(one.auc or 0.0))
    lines += ["columns that alone tell most: " + ", ".join(
        f"{one.name} {one.auc:.3f} ({one.auc_low:.3f} to {one.auc_high:.3f})" for one in judged[:3])] if judged else []
    return lines + [f"{'warning' if one.verdict == 'marked' else one.verdict} {one.code}: {one.message}"
                    + (f" (passed because {one.because})" if one.because else "") for one in card.findings]


def coefficient_lines(report: "TrainReport") -> list[str]:
    """The straight line, a feature a row, left out where it says nothing."""
    line, matrix = report.layers.line, report.prepared.pairs.matrix
    spread = line.expand(matrix).std(axis=0) if len(matrix) else abs(line.coef)
    bent = {} if line.halfway is None else {
        name: f", counted as x / (x + {half:g})" for name, half in zip(line.names, line.halfway, strict=False) if half == half}
    units = {feature.name: f"{feature.label} ({feature.unit}{bent.get(feature.name, '')})"
             for feature in catalogue(report.parts.plan)}
    return table(("feature", "coefficient", "per deviation", "meaning"), [
        (name, f"{coef:+.4f}", f"{coef * deviation:+.4f}", units.get(name, "1 where it is not known"))
        for name, coef, deviation in zip(line.names, line.coef, spread, strict=True)
        if abs(coef * deviation) > WORTH_A_LINE])


def training_json(report: "TrainReport") -> dict[str, object]:
    """A training as data."""
    backtest, parts = report.backtest, report.parts
    return {"objective": parts.objective, "bundle": report.bundle_hash, "version": report.version,
            "signal": report.verdict.signal, "signal_reason": report.verdict.reason,
            "assignments": len(report.prepared.table), "settled": int(report.prepared.table.settled.sum()),
            "fitted": len(report.prepared.pairs), "dimensions": list(parts.plan.dimensions),
            "layers": {name: asdict(gain) for name, gain in backtest.gains.items()} if backtest else {},
            **({"agreement": report.agreement.as_json()} if report.agreement else {}),
            "coefficients": dict(zip(report.layers.line.names, map(float, report.layers.line.coef), strict=True)),
            "s": parts.s, "a": parts.a, "b": parts.b,
            "warnings": [warning.as_json() for warning in report.card.findings], "card": report.card.as_json(),
            "seconds": dict(report.seconds)}


def evaluation_lines(found: "Evaluation") -> list[str]:
    """Four models side by side."""
    if not found.models:
        return [f"objective {found.objective}: {found.judged} items judged, assigned after what was learnt from",
                *agreement_lines(found.agreement), f"{found.verdict.signal}: {found.verdict.reason}",
                *(f"warning {warning.code}: {warning.message}" for warning in found.warnings)]
    rows = [(model.name, "-" if model.auc is None else f"{model.auc:.4f}", f"{model.logloss:.5f}", f"{model.brier:.5f}",
             model.gain) for model in found.models]
    origins = ", ".join(origin.isoformat(timespec="seconds") for origin in found.origins)
    return [f"objective {found.objective}: learnt as of {origins} ({found.fitted} rows fitted at the first), "
            f"{found.judged} judged that were assigned after",
            *table(("model", "auc", "log loss", "brier", "gain over item"), rows),
            f"a constant reaches {found.constant_logloss:.5f}", *agreement_lines(found.agreement),
            f"{found.verdict.signal}: {found.verdict.reason}",
            *(f"warning {warning.code}: {warning.message}" for warning in found.warnings)]


def agreement_lines(agreement: Mapping[str, Any] | None) -> list[str]:
    """How often the final owner was ranked first, beside counts."""
    if agreement is None:
        return []
    rows = {"this ranking": agreement, **agreement["baselines"]}
    tops = ("top1", "top3", "top5", "top10", "mrr10")
    return ["", str(agreement["meaning"]), *table(("ranked by", *tops), [
        (name.replace("_", " "), *(f"{one[top]:.3f}" for top in tops)) for name, one in rows.items()]), ""]


def promotion_lines(done: "Promotion") -> list[str]:
    """Who ranks now and what was checked."""
    before = f" (before: {done.before})" if done.before and done.before != done.bundle_hash else ""
    return [f"version {done.version} of `{done.objective}` ranks from now on: {done.bundle_hash}{before}",
            *table(("condition", "verdict"), [(one.name, one.verdict) for one in done.conditions]),
            *([f"it found {done.signal}: decisions go by rotation"] if done.signal == "no owner signal" else [])]


def drift_lines(found: "DriftReport") -> list[str]:
    """What moved since a training, what alarms first."""
    order = ("alarm", "cannot tell", "moved", "steady")
    told = [(one.verdict, one.of, one.name, one.by, "-" if one.value is None else f"{one.value:.3f}",
             "-" if one.low is None else f"{one.low:.3f} to {one.high:.3f}", _bar(one), one.note)
            for one in sorted(found.measures, key=lambda one: order.index(one.verdict))]
    return [f"objective {found.objective}: {found.recent_rows:,} assignments up to {found.until:%Y-%m-%d} beside the last "
            f"{found.trained_rows:,} that {found.bundle} was trained on, up to {found.since:%Y-%m-%d}",
            *table(("verdict", "of", "what", "by", "figure", "95 % interval", "bar", "note"), told),
            f"{len(found.alarms)} alarms" if found.alarms else "no alarm"]


def _bar(one: "Measure") -> str:
    return f"under {one.bar[1]:g}" if one.by == "psi" else f"{one.bar[0]:g} to {one.bar[1]:g}"


def version_lines(found: Sequence["ModelVersion"]) -> list[str]:
    """Every version, a row each."""
    return table(("objective", "version", "aliases", "made", "signal", "gain over item", "bundle"), [
        (one.objective, one.number, ", ".join(one.aliases) or "-", one.created_at.isoformat(timespec="seconds"), one.signal,
         one.gain, one.bundle_hash) for one in found])
