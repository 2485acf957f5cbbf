"""How we LEARN and JUDGE: datasets, fitting, evaluation, promotion, MLflow, the test worlds."""
