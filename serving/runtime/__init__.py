"""The shell around the decision: state, configuration in force, batches, replay, the workspace."""
