"""The commands of a model's life: retraining on a schedule, the past routed as of then, a rival under the same judge."""
