"""What a training did, as one value for the tracker, the plots and the screen."""
from collections.abc import Mapping
from dataclasses import dataclass, field

from serving.admission.card import DatasetCard
from serving.ranking.bundle import BundleParts
from training.learn.agreement import AgreementReport
from training.learn.backtest import Backtest
from training.learn.choosing import LayerChoice
from training.learn.fit import PairLayers
from training.learn.preparing import PreparedRows
from training.learn.signal import SignalVerdict


@dataclass(frozen=True, kw_only=True)
class TrainReport:
    """What a training did: the bundle, the verdict, what each layer adds, and where the time went (seconds).

    `card`: what the log holds and what of it was not learnt from, with the searches that ended at a bound. `agreement`: in
    place of the backtest, where it is learnt who owned such items.
    """

    bundle_hash: str
    parts: BundleParts
    prepared: PreparedRows
    card: DatasetCard
    layers: PairLayers
    choice: LayerChoice
    backtest: Backtest | None
    verdict: SignalVerdict
    version: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    agreement: AgreementReport | None = None
