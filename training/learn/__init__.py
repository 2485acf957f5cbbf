"""Learning from the log: rows, layers, backtest, admission."""
